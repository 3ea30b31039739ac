/**
 * What the jsii compiler drops without a word, so that no trace of it is left in .jsii: checked on the sources behind src/index.ts.
 */
import * as ts from 'typescript';

/** Faults of everything that the entry file exports. */
export function faultsOfSources(entry: string, options: ts.CompilerOptions, host?: ts.CompilerHost): string[] {
  const program = ts.createProgram([entry], { ...options, noEmit: true }, host);
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(entry)!);
  if (!module) return []; // exports nothing yet
  return checker.getExportsOfModule(module).flatMap((symbol) => {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol; // eslint-disable-line no-bitwise
    return (target.declarations ?? []).flatMap((declaration) => faultsOfExport(symbol.name, declaration));
  });
}

function faultsOfExport(name: string, declaration: ts.Declaration): string[] {
  if (ts.isEnumDeclaration(declaration)) return [];
  if (!ts.isClassDeclaration(declaration) && !ts.isInterfaceDeclaration(declaration)) {
    return [`${name} is exported but no class, interface or enum: other languages would not see it`];
  }
  const members = (declaration.members as ts.NodeArray<ts.ClassElement | ts.TypeElement>).filter(isVisible);
  const names = members.filter((member) => ts.isMethodDeclaration(member) || ts.isMethodSignature(member)).map((member) => member.name!.getText());
  const overloaded = names.filter((method, index) => names.indexOf(method) < index);
  return [
    ...overloaded.map((method) => `${name}.${method}() is overloaded: other languages see one signature only`),
    ...members.flatMap((member) => unionsIn(member).map((union) => `${name}.${nameOf(member)} has the union ${union}`)),
  ];
}

function isVisible(member: ts.ClassElement | ts.TypeElement) {
  const hidden = ts.canHaveModifiers(member) && ts.getModifiers(member)?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword);
  return !hidden && !ts.getJSDocTags(member).some(({ tagName }) => tagName.text === 'internal');
}

/** Unions in a signature; bodies are nobody's business, and `| undefined` is how TypeScript says optional. */
function unionsIn(node: ts.Node): string[] {
  if (ts.isBlock(node)) return [];
  if (ts.isPropertyDeclaration(node) && node.type === undefined) return [];
  if (ts.isUnionTypeNode(node)) {
    return node.types.filter(({ kind }) => kind !== ts.SyntaxKind.UndefinedKeyword).length > 1 ? [node.getText()] : [];
  }
  const found: string[] = [];
  ts.forEachChild(node, (child) => {
    if (!ts.isPropertyDeclaration(node) || child !== node.initializer) found.push(...unionsIn(child));
  });
  return found;
}

function nameOf(member: ts.ClassElement | ts.TypeElement) {
  return member.name?.getText() ?? 'constructor';
}
