import { Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { fail } from './checks';
import { TAG_NAMESPACE, isTagOfAws } from '../core/ownership';

type Tags = Readonly<Record<string, string>>;

/** @see https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_Tag.html */
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const LONGEST_KEY = 128;
const LONGEST_VALUE = 256;

export function checkTags(scope: IConstruct, tags: Tags = {}): void {
  const reserved = Object.keys(tags).find((key) => key.startsWith(TAG_NAMESPACE));
  if (reserved !== undefined) {
    fail(scope, `tags must not have keys that begin with '${TAG_NAMESPACE}', got '${reserved}': the library knows its snapshots by them; choose another key`);
  }
  const ofAws = Object.keys(tags).find(isTagOfAws);
  if (ofAws !== undefined) {
    fail(scope, `tags must not have keys that begin with 'aws:' or 'rds:', got '${ofAws}': only AWS may set them; choose another key`);
  }
  const [fault] = tagFaults(tags);
  if (fault !== undefined) {
    fail(scope, fault);
  }
}

/** What RDS would refuse a snapshot for: also of tags that `Tags.of` adds, which are only known when the template is written. */
export function tagFaults(tags: Tags): string[] {
  return Object.entries(tags).flatMap(([key, value]) => [
    ...faultsOf(`tags must have keys of 1 to ${LONGEST_KEY}`, key, key.length >= 1 && key.length <= LONGEST_KEY, 'choose another key'),
    ...faultsOf(`tag '${key}' must have a value of at most ${LONGEST_VALUE}`, value, value.length <= LONGEST_VALUE, 'choose another value'),
  ]);
}

function faultsOf(rule: string, text: string, fits: boolean, remedy: string): string[] {
  return Token.isUnresolved(text) || (fits && TAG_TEXT.test(text))
    ? []
    : [`${rule} letters, digits, spaces and _ . : / = + - @, which is what RDS takes, got '${text}'; ${remedy}`];
}

/** Where a snapshot would have more tags than RDS takes: `maximum` is how many places the library leaves. */
export function tooManyTags(prop: string, count: number, maximum: number): string[] {
  return count > maximum
    ? [`${prop} and the tags of the app come to ${count}, and RDS takes 50 tags on a snapshot, of which up to ${50 - maximum} are the library's own; leave some out, for example with Tags.of(construct).remove(...)`]
    : [];
}
