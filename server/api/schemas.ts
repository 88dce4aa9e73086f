import { z } from 'zod'

/** A JSON Schema (2020-12), which is what OpenAPI 3.1 speaks: those of its words that our shapes come to. */
export interface Schema {
  $ref?: string
  type?: string | string[]
  description?: string
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  propertyNames?: Schema
  items?: Schema
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
  enum?: unknown[]
  const?: unknown
  default?: unknown
  format?: string
  pattern?: string
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
}

/** What may be sent, or what is answered: they differ where a shape has defaults. */
export type Side = 'input' | 'output'

export interface Schemas {
  /** The schema of a shape that was asked for, written out; the named shapes in it are references. */
  of(shape: z.ZodType, side: Side): Schema
  /** The named shapes that are referred to. */
  components: Record<string, Schema>
}

const PREFIX = '#/components/schemas/'

/**
 * @param names of shapes that other shapes refer to instead of repeating them.
 * @param asked shapes that are written out, each with the side it stands on.
 */
export function createSchemas(names: Map<z.ZodType, string>, asked: [z.ZodType, Side][]): Schemas {
  const on = (side: Side) => new Set(asked.filter(([, its]) => its === side).map(([shape]) => shape))
  const same = (name: string) => name
  const output = convert(names, on('output'), 'output', same)
  const differing = differences(convert(names, on('input'), 'input', same).named, output.named)
  const input = convert(names, on('input'), 'input', name => (differing.has(name) ? `${name}Input` : name))

  const all = { ...input.named, ...output.named }
  const components: Record<string, Schema> = {}
  const need = (schema: Schema): void => {
    for (const name of namesIn(schema)) {
      if (components[name]) continue
      components[name] = all[name]!
      need(all[name]!)
    }
  }
  for (const { written } of [output, input]) for (const schema of written.values()) need(schema)
  return {
    of: (shape, side) => (side === 'input' ? input : output).written.get(shape)!,
    components: Object.fromEntries(Object.entries(components).toSorted()),
  }
}

/** All of them in one go: only so is a shape that stands in another one known by its name there. */
function convert(names: Map<z.ZodType, string>, shapes: Set<z.ZodType>, side: Side, rename: (name: string) => string) {
  const registry = z.registry<{ id: string }>()
  for (const [shape, name] of names) registry.add(shape, { id: name })
  const ids = new Map([...shapes].map((shape, index) => [shape, names.get(shape) ?? `shape ${index}`]))
  for (const [shape, id] of ids) if (!names.has(shape)) registry.add(shape, { id })
  const { schemas } = z.toJSONSchema(registry, {
    io: side,
    uri: id => PREFIX + rename(id),
    unrepresentable: 'any',
    // A newer server may say more than this one does.
    override: ({ jsonSchema }) => {
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
    },
  })
  const schemaOf = (id: string): Schema => {
    const { $id, $schema, ...schema } = schemas[id] as Schema & { $id?: string; $schema?: string }
    return schema
  }
  return {
    named: Object.fromEntries([...names.values()].map(name => [rename(name), schemaOf(name)])),
    written: new Map([...ids].map(([shape, id]) => [shape, schemaOf(id)])),
  }
}

/** Names of shapes that are not the same on both sides, or refer to one that is not. */
function differences(input: Record<string, Schema>, output: Record<string, Schema>): Set<string> {
  const differing = new Set(
    Object.keys(input).filter(name => JSON.stringify(input[name]) !== JSON.stringify(output[name])),
  )
  for (let before = -1; before !== differing.size; ) {
    before = differing.size
    for (const [name, schema] of Object.entries(input)) {
      if (namesIn(schema).some(inner => differing.has(inner))) differing.add(name)
    }
  }
  return differing
}

/** The names that a schema refers to. */
export function namesIn(schema: unknown): string[] {
  if (schema === null || typeof schema !== 'object') return []
  return Object.entries(schema).flatMap(([key, value]) => (key === '$ref' ? [nameOf(value as string)] : namesIn(value)))
}

export const nameOf = (ref: string): string => ref.slice(PREFIX.length)
