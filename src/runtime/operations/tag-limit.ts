import { Advice, Failed, failed } from '../../core/progress';
import { Tags } from '../../core/snapshot';

/** RDS takes 50 tags on one resource; two places stay free: for the tag that a snapshot gets when its resource lets it go, and for that of who shares it. */
const MAX_TAGS = 48;

export function tooManyTags(tags: Tags): Failed | undefined {
  const count = Object.keys(tags).length;
  return count > MAX_TAGS
    ? failed(`the snapshot would carry ${count} tags, those of the library included, and at most ${MAX_TAGS} are possible`, Advice.FEWER_TAGS)
    : undefined;
}
