import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { ApiError } from '../../client/api.ts'
import { sayBarred } from '../../core/dialling.ts'
import { sayFieldProblem } from '../../core/fieldProblem.ts'
import { sayFlowProblem } from '../../core/flowProblem.ts'
import { sayHoursProblem } from '../../core/hoursProblem.ts'
import { en } from './en.ts'
import { es } from './es.ts'
import { errorIn, sayIn } from './said.ts'

const root = path.resolve(import.meta.dirname, '../..')
const sources = ['core', 'client', 'server', 'providers'].flatMap(room =>
  fs
    .readdirSync(path.join(root, room), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.includes('node_modules'))
    .map(file => ({ file: path.join(room, file), text: fs.readFileSync(path.join(root, room, file), 'utf8') })),
)

describe('what the server says in English is said in Spanish', () => {
  test('by what it is made of', () => {
    const said = sayFlowProblem('unknown-queue', { node: 'La fila', name: 'ventas' })
    expect(sayIn(es.said, said)).toBe('«La fila» necesita la cola «ventas», que no existe.')
    expect(sayIn(en.said, said)).toBe('“La fila” needs the queue “ventas”: not found.')
    expect(sayIn(es.said, sayFieldProblem('too-big', { most: 80, of: 'characters' }))).toBe(
      'Puede ser como máximo 80 caracteres.',
    )
  })

  test('with countries and weekdays by their Spanish names', () => {
    expect(sayIn(es.said, sayBarred({ because: 'unassigned', country: 'NZ' }))).toBe(
      'No hay tal número en Nueva Zelanda. Comprueba sus cifras.',
    )
    const night = { exception: null, weekday: 1, span: '22:00–06:00', otherWeekday: 2, otherSpan: '05:00–09:00' }
    expect(sayIn(es.said, sayHoursProblem('overlap', night))).toBe('lunes 22:00–06:00 y martes 05:00–09:00 se solapan.')
  })

  test('by itself, where it always reads the same', () => {
    expect(sayIn(es.said, { message: 'This is no telephone number.' })).toBe('No es un número de teléfono.')
  })

  test('or not at all', () => {
    expect(sayIn(es.said, { message: 'The moon is full.' })).toBe('The moon is full.')
    expect(sayIn(es.said, { message: 'The moon is full.', code: 'constructor' })).toBe('The moon is full.')
    expect(sayIn(es.said, { message: 'constructor' })).toBe('constructor')
  })
})

describe('an error', () => {
  const invalid = new ApiError(400, 'invalid_input', 'name: This must not be empty. (and 1 more)', {
    fields: [
      { path: 'name', ...sayFieldProblem('empty', {}) },
      { path: 'number', message: 'This is no telephone number.' },
    ],
  })

  test('is in Spanish, and so is what it says of each field', () => {
    const error = errorIn(es, invalid)
    expect(error).toMatchObject({ status: 400, code: 'invalid_input', message: 'name: No puede quedar vacío. (+1)' })
    expect(error.fields.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      'name: No puede quedar vacío.',
      'number: No es un número de teléfono.',
    ])
  })

  test('is in English as the server has said it', () => {
    expect(errorIn(en, invalid)).toMatchObject({ message: invalid.message, fields: invalid.fields })
  })

  test('is told by its kind where nothing else is known of it', () => {
    expect(errorIn(es, new ApiError(409, 'call_over', 'These two are not talking.')).message).toBe(es.errors.call_over)
    expect(errorIn(es, new ApiError(418, 'teapot', 'A teapot.')).message).toBe('A teapot.')
  })

  test('is not taken for a problem of a flow that has the same code', () => {
    const unreachable = new ApiError(
      0,
      'unreachable',
      'Ringside cannot be reached. Check the connection and try again.',
    )
    expect(errorIn(es, unreachable).message).toBe(es.errors.unreachable)
  })
})

test('every sentence that is known in Spanish is one that somebody says', () => {
  const strays = Object.keys(es.said!.bySentence).filter(
    sentence => !sources.some(({ text }) => text.includes(sentence.replaceAll("'", "\\'")) || text.includes(sentence)),
  )
  expect(strays).toEqual([])
})

/** Of other programs' requests: no screen shows them. */
const FOR_PROGRAMS = /^(server\/(crm|voip|telephony|api|connectors)|providers|core\/routing)\b/
const ONLY_FOR_PROGRAMS = [
  'idempotency_key_reused',
  'in_progress',
  'malformed_address',
  'malformed_json',
  'malformed_request',
  'range_not_satisfiable',
  'unsupported_media_type',
]

test('every kind of refusal that a screen can meet has words in Spanish', () => {
  const refusals = sources
    .filter(({ file }) => !FOR_PROGRAMS.test(file))
    .flatMap(({ text }) =>
      [...text.matchAll(/(?:new Refusal\(\s*\d{3},|new CallRefusal\(|conflict\()\s*'([a-z_]+)'/g)].map(
        ([, code]) => code!,
      ),
    )
  expect(refusals.length).toBeGreaterThan(80)
  expect(
    [...new Set(refusals)].filter(code => es.errors[code] === undefined && !ONLY_FOR_PROGRAMS.includes(code)),
  ).toEqual([])
})
