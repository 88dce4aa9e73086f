import type { Contact, Customer } from '../../client/contract.ts'

/** A contact as CRM systems know it. */
export const customerView = (contact: Contact): Customer => ({
  id: contact.id,
  external_id: contact.externalId,
  name: contact.name,
  email: contact.email,
  phone: contact.phones[0] ?? null,
  phones: contact.phones,
  company: contact.company,
  type: contact.type,
  tags: contact.tags,
  fields: contact.fields,
  metadata: contact.metadata,
  created_at: contact.createdAt,
  updated_at: contact.updatedAt,
})
