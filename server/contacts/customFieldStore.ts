import type { CustomField } from '../../core/customField.ts'
import type { Sql } from '../platform/db.ts'

interface FieldRow {
  name: string
  label: string
  type: CustomField['type']
  choices: string[]
  on_card: boolean
}

const present = ({ on_card, ...row }: FieldRow): CustomField => ({ ...row, onCard: on_card })

/** The fields that the workspace adds to its contacts, in their order. */
export async function listCustomFields(sql: Sql): Promise<CustomField[]> {
  const rows = await sql.query<FieldRow>(
    `select name, label, type, choices, on_card from custom_fields
     where workspace_id = current_workspace() order by position, name`,
  )
  return rows.map(present)
}

/** Adds a field at the end; false when there is one of this name. */
export async function insertCustomField(sql: Sql, field: CustomField): Promise<boolean> {
  const rows = await sql.query(
    `insert into custom_fields (workspace_id, name, label, type, choices, on_card, position)
     select current_workspace(), $1, $2, $3, $4, $5, coalesce(max(position), 0) + 1
     from custom_fields where workspace_id = current_workspace()
     on conflict (workspace_id, name) do nothing returning name`,
    [field.name, field.label, field.type, field.choices, field.onCard],
  )
  return rows.length > 0
}

export async function updateCustomField(sql: Sql, field: CustomField): Promise<void> {
  await sql.query(
    `update custom_fields set label = $2, choices = $3, on_card = $4
     where workspace_id = current_workspace() and name = $1`,
    [field.name, field.label, field.choices, field.onCard],
  )
}

/** Removes the field and all its values: whoever keeps a copy of these contacts sees that they have changed. */
export async function deleteCustomField(sql: Sql, name: string, now: string): Promise<CustomField | null> {
  const [row] = await sql.query<FieldRow>(
    `delete from custom_fields where workspace_id = current_workspace() and name = $1
     returning name, label, type, choices, on_card`,
    [name],
  )
  if (row === undefined) return null
  await sql.query(
    `update contacts set fields = fields - $1, updated_at = $2
     where workspace_id = current_workspace() and jsonb_exists(fields, $1)`,
    [name, now],
  )
  return present(row)
}
