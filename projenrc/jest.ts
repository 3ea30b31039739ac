import { javascript } from 'projen';

/** Jest only strips the types (they are checked by `npm run type-check`), which keeps a run short. */
const TRANSFORM = { '^.+\\.tsx?$': ['ts-jest', { tsconfig: 'test/tsconfig.json' }] };

interface Suite {
  readonly name: string;
  readonly testMatch: readonly string[];
  readonly ignore?: readonly string[];
  readonly globalSetup?: string;
  readonly setupFilesAfterEnv?: readonly string[];
}

const OWN_TEMPORARY_FOLDER = '<rootDir>/test/support/temporary-folder.ts';

/** `jest --selectProjects <name>`; what each is for stands in CONTRIBUTING.md. */
const SUITES: readonly Suite[] = [
  { name: 'unit', testMatch: ['<rootDir>/test/**/*.test.ts'], ignore: ['<rootDir>/test/(gates|local|e2e)/'], globalSetup: OWN_TEMPORARY_FOLDER },
  { name: 'gates', testMatch: ['<rootDir>/test/gates/**/*.test.ts'], globalSetup: OWN_TEMPORARY_FOLDER },
  { name: 'local', testMatch: ['<rootDir>/local/**/*.test.ts', '<rootDir>/test/local/**/*.test.ts'] },
  { name: 'e2e', testMatch: ['<rootDir>/test/e2e/**/*.test.ts'], setupFilesAfterEnv: ['<rootDir>/test/e2e/support/second-try.ts'] },
];

export const JEST_OPTIONS: javascript.JestOptions = {
  configFilePath: 'jest.config.json',
  updateSnapshot: javascript.UpdateSnapshot.NEVER,
  junitReporting: false,
  coverageText: false,
  jestConfig: {
    collectCoverage: false,
    projects: SUITES.map(({ name, testMatch, ignore, globalSetup, setupFilesAfterEnv }) => ({
      displayName: name,
      testMatch,
      testPathIgnorePatterns: ['/node_modules/', '\\.snapshot/', '<rootDir>/\\.local-aws/', ...(ignore ?? [])],
      modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/\\.local-aws/', 'cdk\\.out'],
      clearMocks: true,
      ...(globalSetup ? { globalSetup } : {}),
      ...(setupFilesAfterEnv ? { setupFilesAfterEnv } : {}),
      transform: TRANSFORM,
      // Examples import the package by its name, as users do.
      moduleNameMapper: { '^cdk-aurora-backup$': '<rootDir>/src/index.ts' },
    })),
  },
};
