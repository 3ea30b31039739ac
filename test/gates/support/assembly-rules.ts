/**
 * What the jsii compiler lets pass and users of other languages trip over, checked on the assembly it wrote (.jsii).
 * Each rule returns sentences; none means fine.
 */
export interface Assembly {
  readonly name: string;
  readonly dependencies?: Record<string, string>;
  readonly bundled?: Record<string, string>;
  readonly types?: Record<string, TypeSpec>;
}

interface Documented {
  readonly name: string;
  readonly docs?: { readonly summary?: string; readonly default?: string };
  readonly overrides?: string;
}

interface TypeReference {
  readonly primitive?: string;
  readonly fqn?: string;
  readonly collection?: { readonly elementtype: TypeReference };
  readonly union?: { readonly types: TypeReference[] };
}

interface Property extends Documented {
  readonly type: TypeReference;
  readonly optional?: boolean;
  readonly immutable?: boolean;
  readonly static?: boolean;
}

interface Parameter {
  readonly name: string;
  readonly type: TypeReference;
}

interface Method extends Documented {
  readonly static?: boolean;
  readonly parameters?: Parameter[];
  readonly returns?: { readonly type: TypeReference };
}

interface TypeSpec extends Documented {
  readonly kind: 'class' | 'interface' | 'enum';
  readonly fqn: string;
  /** A struct: an interface of readonly values without an `I` in front. */
  readonly datatype?: boolean;
  readonly abstract?: boolean;
  readonly initializer?: { readonly parameters?: Parameter[] };
  readonly properties?: Property[];
  readonly methods?: Method[];
  readonly members?: Documented[];
}

type Rule = (type: TypeSpec) => string[];

/** Endings that tell a struct from a thing. */
const STRUCT_ENDING = /(Props|Options|Rule|Attributes|Source)$/;

/** Instance or static, these exist on every object in Java or .NET already. */
const TAKEN_BY_OBJECT = ['wait', 'notify', 'notifyAll', 'clone', 'finalize', 'equals', 'hashCode', 'getClass', 'getType', 'getHashCode'];

/** Where a loose type is right: `<type>.<member>` and the reason. */
const LOOSE_TYPES_WITH_A_REASON: Record<string, string> = {};

const everyMemberIsDocumented: Rule = (type) =>
  [type, ...members(type)]
    .filter((item) => !item.docs?.summary && !item.overrides)
    .map((item) => `${where(type, item)} has no docstring`);

const optionalPropsSayTheirDefault: Rule = (type) =>
  (type.datatype ? type.properties ?? [] : [])
    .filter(({ optional, docs }) => optional && (!docs?.default || /^-?\s*undefined\b/.test(docs.default)))
    .map((property) => `${where(type, property)} is optional without a telling @default`);

const noLooseTypes: Rule = (type) =>
  typedPlaces(type)
    .filter(({ place }) => !(place in LOOSE_TYPES_WITH_A_REASON))
    .flatMap(({ place, reference }) => looseParts(reference).map((loose) => `${place} is ${loose}`));

const noNamesOfJavaOrDotNet: Rule = (type) =>
  (type.methods ?? [])
    .filter(({ name, overrides }) => !overrides && (/^get[A-Z]/.test(name) || TAKEN_BY_OBJECT.includes(name)))
    .map((method) => `${where(type, method)}() collides with a name of Java or .NET`);

const structsAreNamedAsStructs: Rule = (type) => {
  if (type.kind !== 'interface') return [];
  if (!type.datatype) return STRUCT_ENDING.test(type.name) ? [`${type.name} is called like a struct, but its I makes it an interface to implement`] : [];
  return STRUCT_ENDING.test(type.name) ? [] : [`${type.name} is a struct: its name should end in ${STRUCT_ENDING.source}`];
};

const structsAreReadonly: Rule = (type) =>
  (type.datatype ? type.properties ?? [] : []).filter(({ immutable }) => !immutable).map((property) => `${where(type, property)} is not readonly`);

const nothingIsFluent: Rule = (type) =>
  (type.methods ?? [])
    .filter((method) => type.kind === 'class' && !method.static && method.returns?.type.fqn === type.fqn)
    .map((method) => `${where(type, method)}() returns its own type: no fluent style in CDK`);

const constructsAreInjectable: Rule = (type) => {
  const [scope, id] = type.initializer?.parameters ?? [];
  const isConstruct = type.kind === 'class' && !type.abstract && scope?.name === 'scope' && id?.name === 'id';
  const injectable = (type.properties ?? []).some(({ name, static: isStatic }) => isStatic && name === 'PROPERTY_INJECTION_ID');
  return isConstruct && !injectable ? [`${type.name} is a construct without @propertyInjectable`] : [];
};

const CDK_RETURNS: Record<string, string> = { grant: 'aws-cdk-lib.aws_iam.Grant', metric: 'aws-cdk-lib.aws_cloudwatch.Metric' };

const grantsAndMetricsAreThoseOfTheCdk: Rule = (type) =>
  (type.methods ?? []).flatMap((method) => {
    const [, verb] = /^(grant|metric)([A-Z]|$)/.exec(method.name) ?? [];
    return verb && method.returns?.type.fqn !== CDK_RETURNS[verb] ? [`${where(type, method)}() must return ${CDK_RETURNS[verb]}`] : [];
  });

const RULES: Rule[] = [
  everyMemberIsDocumented,
  optionalPropsSayTheirDefault,
  noLooseTypes,
  noNamesOfJavaOrDotNet,
  structsAreNamedAsStructs,
  structsAreReadonly,
  nothingIsFluent,
  constructsAreInjectable,
  grantsAndMetricsAreThoseOfTheCdk,
];

export function faultsOfAssembly(assembly: Assembly): string[] {
  const foreign = [...Object.keys(assembly.dependencies ?? {}), ...Object.keys(assembly.bundled ?? {})].filter(
    (name) => !['aws-cdk-lib', 'constructs'].includes(name),
  );
  return [
    ...foreign.map((name) => `the public API depends on ${name}`),
    ...Object.values(assembly.types ?? {}).flatMap((type) => RULES.flatMap((rule) => rule(type))),
  ];
}

function members(type: TypeSpec): Documented[] {
  return [...(type.properties ?? []), ...(type.methods ?? []), ...(type.members ?? [])].filter(({ name }) => name !== 'PROPERTY_INJECTION_ID');
}

function typedPlaces(type: TypeSpec): Array<{ place: string; reference: TypeReference }> {
  const ofMethod = (name: string, parameters: Parameter[] = []) =>
    parameters.map((parameter) => ({ place: `${type.name}.${name}(${parameter.name})`, reference: parameter.type }));
  return [
    ...(type.properties ?? []).map((property) => ({ place: where(type, property), reference: property.type })),
    ...ofMethod('constructor', type.initializer?.parameters),
    ...(type.methods ?? []).flatMap((method) => [
      ...ofMethod(method.name, method.parameters),
      ...(method.returns ? [{ place: `${where(type, method)}()`, reference: method.returns.type }] : []),
    ]),
  ];
}

function looseParts({ primitive, collection, union }: TypeReference): string[] {
  if (union) return ['a union'];
  if (collection) return looseParts(collection.elementtype);
  return primitive === 'any' || primitive === 'json' ? [primitive] : [];
}

function where(type: TypeSpec, item: Documented) {
  return item === type ? type.name : `${type.name}.${item.name}`;
}
