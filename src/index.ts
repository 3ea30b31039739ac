export * from './common/completion';
export * from './common/defaults';
export * from './copy/cluster-snapshot-copy';
export * from './snapshot/cluster-snapshot';
export * from './snapshot/cluster-snapshot-ref';
