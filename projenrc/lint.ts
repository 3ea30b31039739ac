import { cdk } from 'projen';
import { LAYERS, restrictedImportZones } from './layers';

/** Every folder with TypeScript in it: linted and type-checked alike. */
export const DEV_FOLDERS = ['test', 'local', 'examples', 'bench', 'scripts'];

/** Synth must give the same template on every machine at every time: consumers keep snapshots of it. */
const NOT_DETERMINISTIC = [
  { object: 'Date', property: 'now', message: 'synth must be deterministic: take a time as a prop.' },
  { object: 'Math', property: 'random', message: 'synth must be deterministic: derive names from paths.' },
  { object: 'crypto', property: 'randomUUID', message: 'synth must be deterministic: derive names from paths.' },
  { object: 'process', property: 'env', message: 'synth must be deterministic: take it as a prop or from context.' },
];

export function configureLint(project: cdk.JsiiProject) {
  const eslint = project.eslint!;

  // One dev tsconfig covers every folder, so types are known for all of them (the default, one tsconfig above each file, knows src only).
  const file = project.tryFindObjectFile('.eslintrc.json')!;
  file.addOverride('parserOptions.projectService', undefined);
  file.addOverride('parserOptions.project', './test/tsconfig.json');
  file.addOverride('settings.import/resolver.typescript.project', './test/tsconfig.json');

  eslint.addRules({
    'import/no-restricted-paths': ['error', { zones: restrictedImportZones() }],
    'import/no-cycle': ['error', { ignoreExternal: true, disableScc: true }], // the short cut it takes otherwise costs half a minute
  });
  for (const layer of LAYERS.filter(({ node }) => node !== true)) {
    const allow = (layer.node as readonly string[]).flatMap((name) => [name, `node:${name}`]);
    eslint.addOverride({ files: [`src/${layer.folder}/**`], rules: { 'import/no-nodejs-modules': ['error', { allow }] } });
  }
  eslint.addOverride({
    files: ['src/**'],
    excludedFiles: ['src/runtime/**'],
    rules: {
      'no-restricted-properties': ['error', ...NOT_DETERMINISTIC],
      'no-restricted-syntax': [
        'error',
        { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: 'synth must be deterministic: take a time as a prop.' },
        { selector: 'NewExpression[callee.name="CfnOutput"]', message: 'the library creates no outputs in its users\' templates.' },
        { selector: 'NewExpression[callee.property.name="CfnOutput"]', message: 'the library creates no outputs in its users\' templates.' },
      ],
    },
  });
  eslint.addOverride({
    files: ['src/runtime/**'],
    rules: {
      'no-restricted-globals': ['error', { name: 'setTimeout', message: 'nothing waits in a Lambda: answer PENDING and let the door come back.' }],
    },
  });
  // The built package is what the examples import in their users' hands.
  eslint.addOverride({ files: ['examples/**', 'rosetta/**'], rules: { 'import/no-extraneous-dependencies': 'off' } });

  // `npm run lint` is the gate and changes nothing; `npm run eslint` mends what can be mended.
  project.addTask('lint', {
    description: 'Lint without changing anything, layer rules included',
    env: { ESLINT_USE_FLAT_CONFIG: 'false', NODE_NO_WARNINGS: '1' },
    exec: `eslint --ext .ts --no-error-on-unmatched-pattern --max-warnings 0 ${['src', ...DEV_FOLDERS, 'projenrc', '.projenrc.ts'].join(' ')}`,
  });
}
