import { once } from 'node:events';
import { Chapter, say } from './stage';
import { LocalAws } from '../local-aws';
import { HOME } from './shop';

/** Says how to look further; with `wanted`, keeps the local AWS up for it until Ctrl-C. */
export async function stay(local: LocalAws, { lookFurther }: Chapter, wanted: boolean, interrupted: AbortSignal): Promise<void> {
  if (!wanted) {
    say('To look further with the aws CLI while the local AWS stays up: npm run demo -- --stay');
    return;
  }
  if (!interrupted.aborted) {
    await local.clock({ speed: 1 });
    const variables = Object.entries(local.environment(HOME)).filter(([name]) => name !== 'AWS_REGION');
    say('', 'The local AWS stays up until Ctrl-C, now in real time. In another terminal:', '',
      ...variables.map(([name, value]) => `  export ${name}=${value}`), '',
      ...lookFurther.map((line) => `  ${line}`), '');
    await once(interrupted, 'abort');
  }
  say('The local AWS is gone.');
}
