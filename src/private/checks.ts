import { RemovalPolicy, Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { AuroraBackupDefaults } from '../common/defaults';
import { isSnapshotIdentifier } from '../core/identifiers';
import { TAG_NAMESPACE } from '../core/ownership';
import { SnapshotRemoval } from '../core/removal';

/** Fails synth with a sentence that names the prop, the value and the remedy, and the construct it is about. */
export function fail(scope: IConstruct, sentence: string): never {
  throw new Error(`[${scope.node.path}] ${sentence}`);
}

export function checkSnapshotIdentifier(scope: IConstruct, prop: string, value: string | undefined): void {
  if (value !== undefined && !Token.isUnresolved(value) && !isSnapshotIdentifier(value)) {
    fail(scope, `${prop} must be 1 to 63 letters, digits and hyphens, begin with a letter, not end with a hyphen and have no two hyphens in a row, got '${value}'`);
  }
}

export function checkTags(scope: IConstruct, tags: Readonly<Record<string, string>> = {}): void {
  const reserved = Object.keys(tags).find((key) => key.startsWith(TAG_NAMESPACE));
  if (reserved !== undefined) {
    fail(scope, `tags must not have keys that begin with '${TAG_NAMESPACE}', got '${reserved}': the library knows its snapshots by them; choose another key`);
  }
}

/** The prop, else the default of the surroundings, else RETAIN. Only RETAIN and DESTROY mean something for a snapshot. */
export function removalOf(scope: IConstruct, removalPolicy?: RemovalPolicy): SnapshotRemoval {
  const policy = removalPolicy ?? AuroraBackupDefaults.of(scope)._read().removalPolicy ?? RemovalPolicy.RETAIN;
  switch (policy) {
    case RemovalPolicy.RETAIN:
      return SnapshotRemoval.RETAIN;
    case RemovalPolicy.DESTROY:
      return SnapshotRemoval.DESTROY;
    default:
      return fail(scope, `removalPolicy must be RemovalPolicy.RETAIN or RemovalPolicy.DESTROY, got '${policy}'; a snapshot is kept or deleted, nothing else`);
  }
}
