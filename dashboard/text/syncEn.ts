/** Contacts in and out: fields of one's own, merging, and connected CRMs. */
export const syncEn = {
  events: {
    merged: (by: string, from: string, into: string) => `${by} merged the contact ${from} into ${into}`,
    fieldCreated: (by: string, name: string) => `${by} added the contact field ${name}`,
    fieldUpdated: (by: string, name: string) => `${by} changed the contact field ${name}`,
    fieldDeleted: (by: string, name: string) => `${by} removed the contact field ${name}`,
    connected: (by: string, name: string) => `${by} connected ${name}`,
    connectorUpdated: (by: string, name: string) => `${by} changed how ${name} is synced`,
    disconnected: (by: string, name: string) => `${by} disconnected ${name}`,
    connectorFailed: (name: string, problem: string) => `${name} is not synced any more: ${problem}`,
  },
}
