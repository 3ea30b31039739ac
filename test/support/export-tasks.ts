/** Export tasks as RDS describes them, and the identifiers of those that our resource starts. */
import { NOON, SOURCE_ARN } from './events';
import { RESOURCE } from './snapshots';
import { exportTaskIdentifier } from '../../src/core/export-identifiers';
import { ExportTask } from '../../src/core/export-task';
import { OwningResource } from '../../src/core/ownership';

/** A task that somebody started by hand and that is under way. */
export function anExportTask(facts: Partial<ExportTask> = {}): ExportTask {
  const status = facts.status ?? 'IN_PROGRESS';
  return {
    identifier: 'by-hand',
    sourceArn: SOURCE_ARN,
    status,
    percentProgress: status === 'COMPLETE' ? 100 : 40,
    snapshotTime: new Date(NOON),
    startTime: new Date(NOON),
    ...facts,
  };
}

/** The identifier of a task that our resource, or another one, started for the operation. */
export function taskIdentifier(operation: string, generation: string, resource: OwningResource = RESOURCE): string {
  return exportTaskIdentifier(resource, operation, generation, 'orders');
}

/** The warnings of a complete export, as RDS writes them. */
export const warningMessage = (...skippedTables: string[]): string => JSON.stringify({ skippedTables, skippedObjectives: [], general: [] });
