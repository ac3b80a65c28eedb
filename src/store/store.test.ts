import { after, before, describe } from 'node:test'
import { credentialRules } from '../../test/support/store-rules/credentials.ts'
import { locationRules } from '../../test/support/store-rules/location.ts'
import { storeKinds } from '../../test/support/stores.ts'

for (const kind of storeKinds()) {
  describe(`store: ${kind.name}`, { skip: kind.skip ?? false }, () => {
    before(() => kind.begin())
    after(() => kind.end())
    describe('location', () => locationRules(kind))
    describe('credentials', () => credentialRules(kind))
  })
}
