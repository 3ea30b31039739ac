import { Advice, Failed, failed } from '../../core/progress';
import { Tags } from '../../core/snapshot';
import { MAX_TAGS } from '../../core/tag-limit';

export function tooManyTags(tags: Tags): Failed | undefined {
  const count = Object.keys(tags).length;
  return count > MAX_TAGS
    ? failed(`the snapshot would carry ${count} tags, those of the library included, and at most ${MAX_TAGS} are possible`, Advice.FEWER_TAGS)
    : undefined;
}
