import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import { ScheduleExpression, TimeWindow } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { AuroraBackupPlan, AuroraBackupPlanOptions, ClusterBackupOptions, IAuroraBackupPlan, RetentionPolicy } from 'cdk-aurora-backup';

/** What the teams of this company choose from. */
export enum BackupClass {
  /** Four times a day, a year of months, copies elsewhere. */
  GOLD = 'GOLD',
  /** Every night, five weeks. */
  SILVER = 'SILVER',
}

/** A team says which clusters, and how dear they are to it. Everything else has a house default; most of it can be said differently. */
export interface PlatformBackupPlanProps extends AuroraBackupPlanOptions {
  readonly backupClass: BackupClass;
  /** Whom to ask when a backup fails: a tag of every snapshot. */
  readonly team: string;
  /** Which application the clusters belong to: a team may have several apps in one account. */
  readonly application: string;
  /** @default - that of the class */
  readonly retention?: RetentionPolicy;
}

/** What a team cannot say. An option that a later release of the library adds is the teams' until it is listed here. */
const HOUSE_DECIDES = ['planName', 'copies', 'shareWith', 'pruneFormerClusters', 'enabled', 'removalPolicy'] as const;

const ELSEWHERE = 'eu-central-1';
/** Made once for the whole company, in another app. */
const HOUSE_KEY_ELSEWHERE = 'alias/platform-backup';

const HOUSE_RETENTION: Readonly<Record<BackupClass, RetentionPolicy>> = {
  [BackupClass.GOLD]: RetentionPolicy.tiered({ hourly: 4, daily: 7, weekly: 5, monthly: 12 }),
  [BackupClass.SILVER]: RetentionPolicy.keepFor(Duration.days(35)),
};

/**
 * The backup plan of the platform team. It *has* an `AuroraBackupPlan` instead of being one, and refuses what the house decides, so that a team cannot do what
 * the house does not allow, and a new release of the library can be taken up in one place.
 */
export class PlatformBackupPlan extends Construct {
  private readonly inner: AuroraBackupPlan;

  constructor(scope: Construct, id: string, { backupClass, team, application, retention, ...options }: PlatformBackupPlanProps) {
    super(scope, id);
    const notForTeams = HOUSE_DECIDES.filter((option) => options[option] !== undefined);
    if (notForTeams.length > 0) {
      throw new Error(`the platform team decides ${notForTeams.join(', ')}; leave it out, or ask for another backupClass`);
    }
    const isGold = backupClass === BackupClass.GOLD;
    this.inner = new AuroraBackupPlan(this, 'Plan', {
      schedule: isGold ? ScheduleExpression.rate(Duration.hours(6)) : ScheduleExpression.cron({ minute: '0', hour: '2' }),
      timeWindow: TimeWindow.flexible(Duration.minutes(30)),
      retention: retention ?? HOUSE_RETENTION[backupClass],
      clusterMetrics: isGold,
      // Raised in every account of the company (L-9B510759).
      snapshotQuota: 500,
      // What a team says wins …
      ...options,
      // … but not here. The name decides whose snapshots they are: it follows from what never changes, so that teams can move their code.
      planName: `${team}-${application}-${backupClass.toLowerCase()}`,
      copies: isGold ? [{ region: ELSEWHERE, encryptionKey: this.houseKey(), retention: RetentionPolicy.keepFor(Duration.days(14)) }] : [],
      snapshotTags: { ...options.snapshotTags, team, class: backupClass },
      removalPolicy: RemovalPolicy.RETAIN, // also where a team has made DESTROY the default of its stack
    });
    this.inner.alarmOnNewestSnapshotAge('TooOld', { maximumAge: isGold ? Duration.hours(13) : Duration.hours(30) });
  }

  /** For metrics and events. */
  public get plan(): IAuroraBackupPlan {
    return this.inner;
  }

  public addCluster(cluster: rds.IDatabaseCluster, options?: ClusterBackupOptions): void {
    this.inner.addCluster(cluster, options);
  }

  private houseKey(): kms.IKey {
    return kms.Alias.fromAliasName(this, 'HouseKey', HOUSE_KEY_ELSEWHERE);
  }
}
