import { CfnResource, CustomResource } from 'aws-cdk-lib';

/**
 * CloudFormation always asks for the custom resource to be deleted; its handler decides what becomes of what it stands for. Otherwise
 * `RemovalPolicies.of(app).retain()` would keep CloudFormation from ever asking.
 */
export function alwaysDeleted(resource: CustomResource): CfnResource {
  const cfnResource = resource.node.defaultChild as CfnResource;
  cfnResource.addOverride('DeletionPolicy', 'Delete');
  cfnResource.addOverride('UpdateReplacePolicy', 'Delete');
  return cfnResource;
}
