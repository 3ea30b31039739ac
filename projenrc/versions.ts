/** What the sources are compiled against. Each version stands here with its reason; a bump comes with a new one. */

/** What users need at least; `npm run test:oldest-cdk` proves it. 2.196.0 is the first with property injection. */
export const CDK_FLOOR = '2.196.0';
export const CONSTRUCTS_FLOOR = '10.0.5'; // what that version asks for

/** Development only: cdk-nag 3 needs ≥ 2.257.0, and integ-runner 2.197 cannot read assemblies of ≥ 2.258.0. */
export const CDK_FOR_DEVELOPMENT = '2.257.0';
export const CONSTRUCTS_FOR_DEVELOPMENT = '10.5.1'; // what cdk-nag 3 needs

/** The bundled SDK is part of the runtime's asset hash, so it moves only on purpose. */
export const AWS_SDK = '3.1169.0';

/** So is what the bundler makes of it. */
export const ESBUILD = '0.28.2';

/** What README recommends; 20 works too. */
export const NODE_FOR_WORKFLOWS = '22.x';
