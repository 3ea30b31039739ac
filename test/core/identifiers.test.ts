import * as fc from 'fast-check';
import { MAX_SNAPSHOT_IDENTIFIER_LENGTH, hash, isSnapshotIdentifier, operationIdentifier, ownerOf } from '../../src/core/identifiers';

/** Any name a cluster, a snapshot or a stack could ever have, and some that they cannot. */
const anyName = fc.oneof(fc.string({ maxLength: 100 }), fc.string({ unit: 'binary', maxLength: 100 }), fc.stringMatching(/^[a-z][a-z0-9-]{0,70}$/));
const anyIdentity = fc.array(anyName, { minLength: 1, maxLength: 5 });

describe('what RDS takes as an identifier', () => {
  test.each([
    'a', 'orders', 'Orders', 'before-migration-2026', 'a1', `a${'b'.repeat(62)}`,
  ])('%s is one', (text) => {
    expect(isSnapshotIdentifier(text)).toBe(true);
  });

  test.each([
    ['nothing', ''],
    ['a digit in front', '1orders'],
    ['a hyphen in front', '-orders'],
    ['a hyphen at the end', 'orders-'],
    ['two hyphens in a row', 'or--ders'],
    ['an underscore', 'or_ders'],
    ['a dot', 'or.ders'],
    ['a blank', 'or ders'],
    ['a line break at the end', 'orders\n'],
    ['a letter that is not ASCII', 'ördèrs'],
    ['the identifier of an automated snapshot', 'rds:orders-2026-11-22-03-00'],
    ['64 characters', `a${'b'.repeat(63)}`],
  ])('%s makes it none', (_, text) => {
    expect(isSnapshotIdentifier(text)).toBe(false);
  });
});

describe('the prefix of a stack', () => {
  test('is short, known at synth and the same for ever', () => {
    expect(ownerOf('Orders')).toBe('cab-1313645a');
  });

  test('differs between stacks', () => {
    expect(ownerOf('Orders')).not.toBe(ownerOf('Orders2'));
  });
});

describe('the identifier of what an operation makes', () => {
  const owner = ownerOf('Orders');

  test('is valid for RDS and begins with the prefix of its stack, whatever the names are', () => {
    fc.assert(fc.property(anyName, anyIdentity, anyName, (stack, identity, name) => {
      const identifier = operationIdentifier(ownerOf(stack), identity, name);

      expect(isSnapshotIdentifier(identifier)).toBe(true);
      expect(identifier).toBe(identifier.toLowerCase());
      expect(identifier.startsWith(`${ownerOf(stack)}-`)).toBe(true);
    }));
  });

  test('is the same whenever it is asked for', () => {
    fc.assert(fc.property(anyIdentity, anyName, (identity, name) => {
      expect(operationIdentifier(owner, identity, name)).toBe(operationIdentifier(owner, [...identity], name));
    }));
  });

  test('differs when anything in the identity of the operation differs', () => {
    fc.assert(fc.property(anyIdentity, anyIdentity, (one, other) => {
      fc.pre(JSON.stringify(one) !== JSON.stringify(other));

      expect(operationIdentifier(owner, one, 'orders')).not.toBe(operationIdentifier(owner, other, 'orders'));
    }));
  });

  test('tells where one part of the identity ends and the next begins', () => {
    expect(operationIdentifier(owner, ['a', 'bc'], 'orders')).not.toBe(operationIdentifier(owner, ['ab', 'c'], 'orders'));
  });

  test.each([
    ['a cluster name', 'orders', 'orders'],
    ['capitals, which RDS stores small', 'Orders', 'orders'],
    ['an automated snapshot', 'rds:orders-2026-11-22-03-00', 'rds-orders-2026-11-22-03-00'],
    ['a snapshot of AWS Backup', 'awsbackup:job-1234', 'awsbackup-job-1234'],
    ['what looks odd', '--Or_ders--', 'or-ders'],
    ['one of our own, whose prefix is not repeated', 'cab-01234567-0123456789-orders', 'orders'],
  ])('ends readably: %s', (_, name, tail) => {
    expect(operationIdentifier(owner, ['x'], name)).toMatch(new RegExp(`^cab-[0-9a-f]{8}-[0-9a-f]{10}-${tail}$`));
  });

  test('has no tail when nothing of the name is readable', () => {
    expect(operationIdentifier(owner, ['x'], '注文')).toMatch(/^cab-[0-9a-f]{8}-[0-9a-f]{10}$/);
  });

  test('uses all the room there is for a long name, and never ends in a hyphen', () => {
    const head = operationIdentifier(owner, ['x'], '').length + 1;
    const room = MAX_SNAPSHOT_IDENTIFIER_LENGTH - head;

    expect(operationIdentifier(owner, ['x'], 'o'.repeat(100))).toHaveLength(MAX_SNAPSHOT_IDENTIFIER_LENGTH);
    expect(operationIdentifier(owner, ['x'], `${'o'.repeat(room - 1)}-rders`)).toHaveLength(MAX_SNAPSHOT_IDENTIFIER_LENGTH - 1);
  });

  test('does not grow from copy to copy of a copy', () => {
    const first = operationIdentifier(owner, ['first'], 'orders');
    const copyOfCopy = operationIdentifier(owner, ['third'], operationIdentifier(owner, ['second'], first));

    expect(copyOfCopy).toHaveLength(first.length);
    expect(copyOfCopy).toMatch(/-orders$/);
  });
});

test('a hash has the length that is asked for and only hex digits', () => {
  fc.assert(fc.property(anyIdentity, fc.integer({ min: 1, max: 64 }), (parts, length) => {
    expect(hash(parts, length)).toMatch(new RegExp(`^[0-9a-f]{${length}}$`));
  }));
});
