import { cdk, github } from 'projen';

/** The lanes ask the npm registry for what is newest today, so they are not part of `npm test`: a release of the CDK must not break a build. */
export function addCdkLanes(project: cdk.JsiiProject, nodeVersion: string) {
  const workflow = project.github!.addWorkflow('cdk-lanes');
  workflow.on({ schedule: [{ cron: '0 5 * * 1' }], workflowDispatch: {} });
  workflow.addJob('construct-tests', {
    runsOn: ['ubuntu-latest'],
    permissions: { contents: github.workflows.JobPermission.READ },
    strategy: { failFast: false, matrix: { domain: { lane: ['newest', 'oldest'] } } },
    steps: [
      github.WorkflowSteps.checkout(),
      { name: 'Setup Node.js', uses: 'actions/setup-node@v7.0.0', with: { 'node-version': nodeVersion } },
      { name: 'Install dependencies', run: 'npm ci' },
      { name: 'Construct tests', run: 'npm run test:${{ matrix.lane }}-cdk' },
    ],
  });
}
