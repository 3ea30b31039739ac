/** A client of the SDK whose calls end here: what was sent is kept, and a test says what comes back. */
export interface Sent {
  readonly region?: string;
  readonly command: string;
  readonly input: unknown;
}

export type Answer = (input: never) => unknown;

interface Sender {
  send(command: { readonly input: unknown }): Promise<unknown>;
}

/** Takes the place of `send` in a real client, so that what checks the class of a client (paginators do) is content. */
export class SdkStub {
  public readonly sent: Sent[] = [];

  /** Answers by the name of the command, without "Command". */
  constructor(private readonly answers: Record<string, Answer> = {}) {}

  public connect<Client extends object>(client: Client, region?: string): Client {
    (client as Client & Sender).send = async (command) => {
      const name = command.constructor.name.replace(/Command$/, '');
      // Paginators write the next page into their input.
      this.sent.push({ region, command: name, input: { ...command.input as object } });
      const answer = this.answers[name];
      if (!answer) {
        throw new Error(`the test did not expect ${name}`);
      }
      return answer(command.input as never);
    };
    return client;
  }

  public get inputs(): unknown[] {
    return this.sent.map(({ input }) => input);
  }
}

/** For `answers`: AWS refuses. */
export function refuse(error: Error): Answer {
  return () => {
    throw error;
  };
}
