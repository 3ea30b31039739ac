import { RemovalPolicy, Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { AuroraBackupDefaults } from '../common/defaults';
import { isSnapshotIdentifier } from '../core/identifiers';
import { SnapshotRemoval } from '../core/removal';

/** A construct, or where one is about to be made. */
export interface Place {
  readonly node: { readonly path: string };
}

/** Fails synth with a sentence that names the prop, the value and the remedy, and the construct it is about. */
export function fail(scope: Place, sentence: string): never {
  throw new Error(`[${scope.node.path}] ${sentence}`);
}

/** Where a construct is about to be made, for what has to be known before it is. */
export function placeBelow(scope: Place, id: string): Place {
  return { node: { path: `${scope.node.path}/${id}` } };
}

/** What TypeScript asks for and other languages may leave out: otherwise an error from deep inside is all they see. */
export function required<T>(scope: Place, prop: string, value: T | null | undefined, remedy: string): T {
  return value ?? fail(scope, `${prop} is needed, got ${value}; ${remedy}`);
}

export function checkSnapshotIdentifier(scope: Place, prop: string, value: string | undefined): void {
  if (value !== undefined && !Token.isUnresolved(value) && !isSnapshotIdentifier(value)) {
    fail(scope, `${prop} must be 1 to 63 letters, digits and hyphens, begin with a letter, not end with a hyphen and have no two hyphens in a row, got '${value}'`);
  }
}

export function checkTrigger(scope: Place, trigger: string | undefined): void {
  if (trigger === '') {
    fail(scope, 'trigger must not be empty, which would be the same as none, got \'\'; give any other text, or leave it out');
  }
}

/** Aurora is in Regions such as eu-west-1, us-gov-east-1 or mx-central-1: what cannot be one would only be found out by waiting for an answer. */
export function checkRegion(scope: IConstruct, prop: string, value: string | undefined): void {
  if (value !== undefined && !Token.isUnresolved(value) && !/^[a-z]{2,}(-[a-z]+)+-\d+$/.test(value)) {
    fail(scope, `${prop} must be the code of an AWS Region, for example eu-central-1, got '${value}'`);
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
