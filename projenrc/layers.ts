/**
 * Who may import whom: the arrows of the house, in one table. Lint turns a wrong import into a failed build, and
 * test/gates/layers.test.ts proves that each arrow bites.
 */
export interface Layer {
  /** Folder below src. */
  readonly folder: string;
  /** What it is, for the message of a wrong import. */
  readonly purpose: string;
  /** Folders below src that it may import, besides itself. */
  readonly layers: readonly string[];
  /** Packages that it may import; `*` stands for a whole scope. */
  readonly packages: readonly string[];
  /** Modules of Node that it may import, `true` for all. */
  readonly node: readonly string[] | true;
}

/** Each holds public constructs and their props; they may name one another's interfaces, but never in a circle. */
const CAPABILITIES = ['snapshot', 'copy', 'share', 'export', 'plan', 'vault', 'restore'] as const;

const CDK = ['aws-cdk-lib', 'constructs'];

export const LAYERS: readonly Layer[] = [
  {
    folder: 'core',
    purpose: 'pure rules, shared by constructs and runtime: it knows neither the CDK nor the SDK',
    layers: [],
    packages: [],
    node: ['crypto'], // identifiers are hashed
  },
  {
    folder: 'runtime',
    purpose: 'what runs in Lambda: bundled with the SDK, it must never pull in the CDK',
    layers: ['core'],
    packages: ['@aws-sdk/*', '@smithy/*', '@types/aws-lambda', 'date-fns', '@date-fns/tz'],
    node: true,
  },
  {
    folder: 'common',
    purpose: 'public values shared by constructs',
    layers: ['core'],
    packages: CDK,
    node: [],
  },
  {
    folder: 'private',
    purpose: 'construct-side internals, not exported',
    layers: ['core', 'common'],
    packages: CDK,
    node: ['path', 'fs', 'crypto'], // finds the runtime bundle beside the compiled library
  },
  ...CAPABILITIES.map((folder) => ({
    folder,
    purpose: 'public constructs',
    layers: ['core', 'common', 'private', ...CAPABILITIES.filter((other) => other !== folder)],
    packages: CDK,
    node: [],
  })),
];

/** Inside the runtime: what its parts may import of one another, and of the files beside them. */
const RUNTIME_PARTS: ReadonlyArray<{ readonly folder: string; readonly purpose: string; readonly mayImport: readonly string[] }> = [
  { folder: 'aws', purpose: 'small clients of single services', mayImport: [] },
  { folder: 'rds', purpose: 'the one gateway to RDS', mayImport: [] },
  { folder: 'operations', purpose: 'what is done with RDS, whoever asks for it', mayImport: ['rds', 'log.ts'] },
  { folder: 'work', purpose: 'what state machines of plans and vaults have in common', mayImport: ['operations', 'rds', 'log.ts'] },
];

/** Each knows who calls it, and no other door; but for what all custom resources have in common. */
const DOORS = ['deploy', 'workflow', 'plan', 'vault', 'restore'] as const;
const SHARED_BY_DOORS = 'custom-resource';

/** What src/index.ts must not re-export: the rest of src is its business. */
const NOT_PUBLIC = ['runtime'];

interface Zone {
  readonly target: string;
  readonly from: string;
  readonly except?: readonly string[];
  readonly message: string;
}

/** The table as the zones of eslint's `import/no-restricted-paths`. */
export function restrictedImportZones(): Zone[] {
  const zones = LAYERS.flatMap((layer): Zone[] => {
    const target = `./src/${layer.folder}`;
    return [
      {
        target,
        from: './src',
        except: [layer.folder, ...layer.layers].map((allowed) => `./${allowed}`),
        message: `src/${layer.folder} is ${layer.purpose}; it may import from src only: ${[layer.folder, ...layer.layers].join(', ')} (projenrc/layers.ts).`,
      },
      {
        target,
        from: './node_modules',
        except: layer.packages.map((name) => `./${name.replace('/*', '')}`),
        message: `src/${layer.folder} is ${layer.purpose}; packages it may import: ${layer.packages.join(', ') || 'none'} (projenrc/layers.ts).`,
      },
    ];
  });
  return [
    ...zones,
    ...RUNTIME_PARTS.map(({ folder, purpose, mayImport }): Zone => ({
      target: `./src/runtime/${folder}`,
      from: './src/runtime',
      except: [folder, ...mayImport].map((allowed) => `./${allowed}`),
      message: `src/runtime/${folder} is ${purpose}; it may import from src/runtime only: ${[folder, ...mayImport].join(', ')} (projenrc/layers.ts).`,
    })),
    ...DOORS.map((door): Zone => ({
      target: `./src/runtime/doors/${door}`,
      from: './src/runtime/doors',
      except: [door, SHARED_BY_DOORS].map((allowed) => `./${allowed}`),
      message: `a door knows its own caller only; what ${door} shares with others belongs to operations, work or ${SHARED_BY_DOORS} (projenrc/layers.ts).`,
    })),
    ...NOT_PUBLIC.map((folder) => ({
      target: './src/index.ts',
      from: `./src/${folder}`,
      message: `src/${folder} is not part of the public API (projenrc/layers.ts).`,
    })),
    // Nothing that is shipped leans on what is not.
    ...['test', 'local', 'examples', 'bench', 'scripts', 'projenrc'].map((folder) => ({
      target: './src',
      from: `./${folder}`,
      message: `src is shipped, ${folder} is not.`,
    })),
  ];
}
