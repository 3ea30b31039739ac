import { CfnElement, IResource, Token } from 'aws-cdk-lib';

/**
 * Whether two constructs certainly stand for different things: two that the app makes, or two whose names are known. One that the
 * app makes and imports again is still one thing.
 */
export function areCertainlyOthers<T extends IResource>(one: T, other: T, nameOf: (resource: T) => string): boolean {
  if (one === other) {
    return false;
  }
  const names = [one, other].map(nameOf);
  return [one, other].every(isMadeHere) || (!names.some((name) => Token.isUnresolved(name)) && names[0] !== names[1]);
}

function isMadeHere({ node }: IResource): boolean {
  return node.defaultChild !== undefined && CfnElement.isCfnElement(node.defaultChild);
}
