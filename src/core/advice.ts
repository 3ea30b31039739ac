import { Advice, Failed, Progress } from './progress';

/** Who reads of a failure: whoever deploys, or whoever reads of a run, of what a vault takes in or of a release, none of whom can deploy anything again. */
export type Audience = 'deploy' | 'run' | 'vault' | 'release';

/** How a message goes on: with what parts it from the fact, too. */
type Sentences = Readonly<Record<Advice, string | ((lacks: string) => string)>>;

const CORRECT = '. Correct what AWS names';
const ALLOW = '. Allow it in the key policy, a service control policy or a permissions boundary, whichever AWS names';
const START = '; bring the cluster back to \'available\' (start it, or restore access to its key)';
const makeRoom = (keepingFewer: string) => `. Delete snapshots that are no longer needed, ${keepingFewer}, or ask for a higher quota (Service Quotas, L-9B510759)`;

/**
 * Of a reader who never meets it: a vault takes and exports nothing, and gives copies no tags but its own; only a
 * ClusterSnapshotShare can be given a key to share under.
 */
const NOTHING = '';

const DEPLOY: Sentences = {
  [Advice.CORRECT]: `${CORRECT} and deploy again.`,
  [Advice.ALLOW]: `${ALLOW}, and deploy again.`,
  [Advice.MAKE_ROOM]: `${makeRoom('let keepLast do so')}, and deploy again.`,
  [Advice.CHECK_CLUSTER]: '; check the identifier given as cluster',
  [Advice.START_CLUSTER]: `${START} and deploy again`,
  [Advice.CHECK_SOURCE]: '; check source',
  [Advice.TAKE_ANOTHER]: '; take another snapshot',
  [Advice.MAKE_ANOTHER]: '. Deploy again to make another.',
  [Advice.NAME_TAKEN]: ' and was not made by this deployment of the resource, so it is left as it is. '
    + 'Choose another identifier, or leave it out to get one that is always free.',
  [Advice.FEWER_TAGS]: '; declare fewer tags, or set copyTags to false for a copy',
  [Advice.SET_KEY]: `${CORRECT} and deploy again. What is encrypted with the default key of the account (aws/rds) or with a key that AWS owns cannot be shared: `
    + 'set encryptionKey to a key of yours, and a copy under that key is made and shared.',
  [Advice.EXPORT_ANOTHER]: '. Deploy again with another trigger to start another.',
  [Advice.EXPORT_CORRECTED]: ' Then deploy again with another trigger to start another export.',
};

const RUN: Sentences = {
  [Advice.CORRECT]: `${CORRECT}; the next run tries again.`,
  [Advice.ALLOW]: `${ALLOW}; the next run tries again.`,
  [Advice.MAKE_ROOM]: `${makeRoom('let retention keep fewer')}; the next run tries again.`,
  [Advice.CHECK_CLUSTER]: '; if it was deleted on purpose, remove it from the plan',
  [Advice.START_CLUSTER]: `${START}; the next run tries again`,
  [Advice.CHECK_SOURCE]: ': it was deleted meanwhile, by somebody or by retention. The next run takes another.',
  [Advice.TAKE_ANOTHER]: '; the next run takes another',
  [Advice.MAKE_ANOTHER]: '. The next run makes another.',
  // Its identifier follows from the run and the cluster: nobody else comes to it by chance.
  [Advice.NAME_TAKEN]: (lacks) => ' and has the name of what this run makes, but not its tags, so it is left as it is. Most likely it is the plan\'s own, and somebody has '
    + `removed its tags: do not delete it, put them back (${lacks}). The next run has an identifier of its own.`,
  [Advice.FEWER_TAGS]: '; declare fewer in snapshotTags, or remove some that somebody else has put on it',
  [Advice.SET_KEY]: NOTHING,
  [Advice.EXPORT_ANOTHER]: '. The next run in which the export is due starts another.',
  [Advice.EXPORT_CORRECTED]: ' The next run in which the export is due starts another.',
};

const VAULT: Sentences = {
  [Advice.CORRECT]: `${CORRECT}; the vault tries again within the hour.`,
  [Advice.ALLOW]: `${ALLOW}; the vault tries again within the hour.`,
  [Advice.MAKE_ROOM]: `${makeRoom('keep copies for a shorter time')}; the vault tries again within the hour.`,
  [Advice.CHECK_CLUSTER]: NOTHING,
  [Advice.START_CLUSTER]: NOTHING,
  [Advice.CHECK_SOURCE]: '; it is looked for again when it is announced, and every hour',
  [Advice.TAKE_ANOTHER]: '; announce another snapshot of its cluster',
  [Advice.MAKE_ANOTHER]: '. The vault makes another.',
  // Its identifier follows from this very source. Whoever believes that it is in the way deletes the last copy of the data.
  [Advice.NAME_TAKEN]: (lacks) => ' and has the name of the vault\'s copy of this snapshot, but not its tags, so it is left as it is. Almost certainly it is that copy, and somebody has '
    + `removed its tags: do not delete it, put them back (while no policy of the organization forbids it): ${lacks}`,
  [Advice.FEWER_TAGS]: NOTHING,
  [Advice.SET_KEY]: NOTHING,
  [Advice.EXPORT_ANOTHER]: NOTHING,
  [Advice.EXPORT_CORRECTED]: NOTHING,
};

const RELEASE: Sentences = {
  ...VAULT,
  [Advice.CORRECT]: `${CORRECT} and start the release again.`,
  [Advice.ALLOW]: `${ALLOW}, and start the release again.`,
};

const SENTENCES: Readonly<Record<Audience, Sentences>> = { deploy: DEPLOY, run: RUN, vault: VAULT, release: RELEASE };

/** A failure with what to do about it, for this reader; everything else as it is. What was told to one is not told anew to another. */
export function toldTo<P extends Progress>(audience: Audience, progress: P): P {
  return progress.status === 'FAILED' ? { ...progress, message: inWords(audience, progress), advice: undefined, lacks: undefined } : progress;
}

function inWords(audience: Audience, { message, advice, lacks = [] }: Failed): string {
  const sentence = advice === undefined ? NOTHING : SENTENCES[audience][advice];
  return `${message}${typeof sentence === 'string' ? sentence : sentence(lacks.join(', '))}`;
}
