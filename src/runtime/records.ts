import { DeleteParametersCommand, GetParameterCommand, GetParametersByPathCommand, ParameterStoreClient, PutParameterCommand } from './aws/parameter-store';

/** How many one call deletes. */
const DELETED_AT_ONCE = 10;

const DESCRIPTION = 'Kept by cdk-aurora-backup: what a restore point found stays what it is. Goes with the restore point';

/** What is written down once and then stays as it is, in Parameter Store. A name is a path: `/cdk-aurora-backup/…`. */
export class Records {
  constructor(private readonly client: ParameterStoreClient) {}

  public async find(name: string): Promise<string | undefined> {
    try {
      return (await this.client.send(new GetParameterCommand({ Name: name }))).Parameter.Value;
    } catch (error) {
      if (isNamed(error, 'ParameterNotFound')) {
        return undefined;
      }
      throw error;
    }
  }

  /** Writes a record that nobody wrote yet. Answers what is kept from now on: of two who write at once, one reads what the other wrote. */
  public async keep(name: string, value: string): Promise<string> {
    try {
      await this.client.send(new PutParameterCommand({ Name: name, Value: value, Type: 'String', Description: DESCRIPTION }));
      return value;
    } catch (error) {
      const kept = isNamed(error, 'ParameterAlreadyExists') ? await this.find(name) : undefined;
      if (kept === undefined) {
        throw error;
      }
      return kept;
    }
  }

  /** Removes all records below a path; none is enough. */
  public async removeAll(path: string): Promise<void> {
    const names = await this.namesBelow(path);
    for (let from = 0; from < names.length; from += DELETED_AT_ONCE) {
      await this.client.send(new DeleteParametersCommand({ Names: names.slice(from, from + DELETED_AT_ONCE) }));
    }
  }

  private async namesBelow(path: string): Promise<string[]> {
    const names: string[] = [];
    let page: string | undefined;
    do {
      const { Parameters = [], NextToken } = await this.client.send(new GetParametersByPathCommand({ Path: path, Recursive: true, NextToken: page }));
      names.push(...Parameters.map(({ Name }) => Name));
      page = NextToken;
    } while (page);
    return names;
  }
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
