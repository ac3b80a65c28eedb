import assert from 'node:assert/strict'
import { test } from 'node:test'
import { productOf } from './product.ts'

test('a product is known by what it says of itself', () => {
  assert.equal(productOf('kamailio (5.6.3 (x86_64/linux))'), 'kamailio')
  assert.equal(productOf('OpenSIPS (3.4.1 (x86_64/linux))'), 'opensips')
  assert.equal(productOf('Asterisk PBX 22.1.0'), 'asterisk')
  assert.equal(productOf('FPBX-16.0.40(18.20.0)'), 'asterisk')
  assert.equal(productOf('Aspis'), 'aspis')
  assert.equal(productOf('aspis-audit'), undefined)
  assert.equal(productOf(''), undefined)
})
