/** CloudFormation takes answers of 4,096 bytes; refusals of IAM can be longer than that. */
const MAX_REASON_LENGTH = 1500;

/** Ends a request in the words that CloudFormation shows: the Provider framework passes on what is thrown. */
export function failWith(message: string): never {
  throw new Error(message.length > MAX_REASON_LENGTH ? `${message.slice(0, MAX_REASON_LENGTH)}… (the log has the rest)` : message);
}
