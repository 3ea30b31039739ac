/**
 * A plugin of the CDK CLI, which otherwise deploys to one account: for each account of the app the key that the local AWS takes for its
 * administrator.
 */
module.exports = {
  version: '1',
  init: (host) => host.registerCredentialProviderSource({
    name: 'the local AWS',
    isAvailable: async () => true,
    canProvideCredentials: async () => true,
    getProvider: async (account) => ({ accessKeyId: account, secretAccessKey: 'local' }),
  }),
};
