#!/usr/bin/env node
// Writes docs/threats.md from the catalogue in src/threats; needs Node 24: node_modules/.bin/node bin/write-threats.mjs
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { threatsPage } from '../src/threats/page.ts'

writeFileSync(join(import.meta.dirname, '..', 'docs', 'threats.md'), threatsPage())
