/** As much of IAM as is needed to ask whether policies of the library deny a call. What it does not know, it refuses to judge. */

export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action?: string | string[];
  readonly NotAction?: string | string[];
  readonly Resource?: string | string[];
  readonly Condition?: Record<string, Record<string, string | string[]>>;
}

export interface Policy {
  readonly Statement: readonly PolicyStatement[];
}

export interface Call {
  readonly action: string;
  readonly resource: string;
  readonly principalArn: string;
  /** The values of other condition keys. */
  readonly context?: Readonly<Record<string, string | string[]>>;
}

/**
 * Of what the service authorization reference lists without a resource type, as much as could change what the library makes: a statement on ARNs does
 * not concern these.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
const WITHOUT_RESOURCE_TYPE = ['events:PutPermission', 'events:RemovePermission', 'lambda:CreateEventSourceMapping', 'organizations:LeaveOrganization'];

/** The statement that denies the call. */
export function denialOf(policy: Policy, call: Call): PolicyStatement | undefined {
  if (WITHOUT_RESOURCE_TYPE.includes(call.action) && call.resource !== '*') {
    throw new Error(`${call.action} has no resource type: ask for *`);
  }
  return policy.Statement.find((statement) => statement.Effect === 'Deny' && applies(statement, call));
}

function applies({ Action, NotAction, Resource = '*', Condition = {} }: PolicyStatement, call: Call): boolean {
  const action = call.action.toLowerCase();
  return (NotAction === undefined ? matchesAny(lowerCase(Action), action) : !matchesAny(lowerCase(NotAction), action))
    && matchesAny(listOf(Resource), call.resource)
    && Object.entries(Condition).every(([operator, keys]) => (
      Object.entries(keys).every(([key, values]) => holds(operator, listOf(values), valuesOf(call, key)))
    ));
}

function holds(operator: string, expected: string[], actual: string[]): boolean {
  switch (operator) {
    case 'ArnLike':
      return actual.some((value) => matchesAny(expected, value));
    case 'ArnNotLike':
      return !actual.some((value) => matchesAny(expected, value));
    case 'StringEquals':
    case 'ForAnyValue:StringEquals':
      return actual.some((value) => expected.includes(value));
    default:
      throw new Error(`this knows no operator ${operator}`);
  }
}

function valuesOf({ principalArn, context = {} }: Call, key: string): string[] {
  return listOf(key === 'aws:PrincipalArn' ? principalArn : context[key]);
}

const listOf = (value: string | string[] | undefined): string[] => (value === undefined ? [] : [value].flat());

const lowerCase = (actions: string | string[] | undefined) => listOf(actions).map((action) => action.toLowerCase());

function matchesAny(patterns: string[], text: string): boolean {
  return patterns.some((pattern) => (
    new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*').replace(/\?/g, '.')}$`).test(text)
  ));
}
