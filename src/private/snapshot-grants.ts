import { ArnFormat, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { IConstruct } from 'constructs';
import { fail } from './checks';
import { foreignKeyUseStatement, keyUseStatement, unknownKeyUseStatement } from './keys';

/** A snapshot whose use is granted. */
interface GrantedSnapshot extends IConstruct {
  readonly snapshotArn: string;
  readonly encryptionKey?: kms.IKey;
  readonly env: { readonly account: string; readonly region: string };
}

/** Everything that a restored cluster may be made with besides the snapshot: RDS asks for all of it, named or not. */
const RESTORED_WITH = ['cluster', 'cluster-pg', 'og', 'subgrp'];

export function grantRestoreOf(snapshot: GrantedSnapshot, grantee: iam.IGrantable): iam.Grant {
  const stack = Stack.of(snapshot);
  const madeAnew = RESTORED_WITH.map((resource) => (
    stack.formatArn({ service: 'rds', region: snapshot.env.region, resource, resourceName: '*', arnFormat: ArnFormat.COLON_RESOURCE_NAME })
  ));
  return grant(snapshot, grantee, 'grantRestore', [
    new iam.PolicyStatement({ actions: ['rds:RestoreDBClusterFromSnapshot'], resources: [snapshot.snapshotArn, ...madeAnew] }),
  ]);
}

export function grantCopyOf(snapshot: GrantedSnapshot, grantee: iam.IGrantable): iam.Grant {
  return grant(snapshot, grantee, 'grantCopy', [
    new iam.PolicyStatement({ actions: ['rds:CopyDBClusterSnapshot', 'rds:CrossRegionCommunication'], resources: [snapshot.snapshotArn] }),
  ]);
}

function grant(snapshot: GrantedSnapshot, grantee: iam.IGrantable, method: string, rights: iam.PolicyStatement[]): iam.Grant {
  const { account } = Stack.of(snapshot);
  const { principalAccount } = grantee.grantPrincipal;
  if (principalAccount !== undefined && !Token.isUnresolved(principalAccount) && !Token.isUnresolved(account) && principalAccount !== account) {
    fail(snapshot, `${method} cannot let in a principal of account ${principalAccount}, because a snapshot has no policy of its own; `
      + 'share the snapshot with that account (ClusterSnapshotShare), and give the rights there');
  }
  const look = new iam.PolicyStatement({ actions: ['rds:DescribeDBClusterSnapshots'], resources: [snapshot.snapshotArn] });
  return [...rights, look, keyStatement(snapshot)]
    .map(({ actions, resources, conditions }) => iam.Grant.addToPrincipal({ grantee, actions, resourceArns: resources, conditions }))
    .reduce((one, other) => one.combine(other));
}

/** RDS uses the key of the snapshot in the name of whoever copies or restores it. */
function keyStatement(snapshot: GrantedSnapshot): iam.PolicyStatement {
  const stack = Stack.of(snapshot);
  const { encryptionKey: key, env: { account, region } } = snapshot;
  if (!Token.isUnresolved(account) && !Token.isUnresolved(stack.account) && account !== stack.account) {
    return foreignKeyUseStatement(stack, { key, account, region }, region);
  }
  return key ? keyUseStatement(stack, key, region) : unknownKeyUseStatement(stack, stack.account, region);
}
