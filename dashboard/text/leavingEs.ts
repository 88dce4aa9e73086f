import type { leavingEn } from './leavingEn.ts'

export const leavingEs: typeof leavingEn = {
  takeOff: 'Ya no está',
  sure: name => `¿${name} ya no está?`,
  hint: 'Su sesión se cierra de inmediato y ya no puede iniciarla. Lo que tenía a su cargo pasa a otras personas; sus colas, su teléfono y su correo quedan libres. Sus llamadas siguen a su nombre, y puedes readmitirle.',
  remains: name => `Lo que sigue sin ${name}`,
  keys: 'Claves de API que creó y puede conocer. Sustitúyelas o revócalas:',
  flows: 'Flujos que llevan a esta persona; quien llama sigue como si nadie contestara:',
  former: 'Quién ya no está',
  since: 'Se fue',
  takeOn: 'Readmitir',
  takeOnWhom: name => `Readmitir: ${name}`,
  formerAgent: name => `${name} (ya no está)`,
  anyAgent: 'Cualquier agente',
}
