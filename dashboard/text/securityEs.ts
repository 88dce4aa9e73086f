import type { securityEn } from './securityEn.ts'

export const securityEs: typeof securityEn = {
  factor: {
    title: 'Segundo paso',
    off: 'Tu contraseña basta para abrir tu cuenta. Con un segundo paso, quien la descubra necesita además tu teléfono.',
    required: 'Tu rol no puede iniciar sesión sin un segundo paso.',
    on: since =>
      `Activo desde ${since}: una aplicación de autenticación muestra el código que escribes tras tu contraseña.`,
    left: count => (count === 1 ? 'Queda 1 código de recuperación.' : `Quedan ${count} códigos de recuperación.`),
    begin: 'Configurar',
    scan: 'Escanea esto con una aplicación de autenticación o escribe la clave en ella. Después escribe las seis cifras que muestra.',
    qr: 'Código QR para una aplicación de autenticación',
    secret: 'Clave',
    code: 'Código',
    codeHint: 'Seis cifras de la aplicación, o un código de recuperación.',
    confirm: 'Activar',
    renew: 'Nuevos códigos de recuperación',
    renewHint: 'Los códigos que tienes dejan de servir.',
    remove: 'Desactivar',
    recoveryTitle: 'Códigos de recuperación',
    recoveryHint:
      'Cada uno abre tu cuenta una vez, en lugar de un código, para cuando no tengas tu teléfono. Imprímelos o apúntalos: no se vuelven a mostrar.',
    recoveryDone: 'Los tengo',
  },
  signIn: {
    codeTitle: 'Escribe tu código',
    enrolTitle: 'Configura un segundo paso',
    enrolHint: 'Tu rol no puede iniciar sesión sin él.',
    submit: 'Continuar',
    back: 'Empezar de nuevo',
  },
  sessions: {
    title: 'Dónde has iniciado sesión',
    unknown: 'Dispositivo desconocido',
    current: 'este',
    since: address => (address === null ? 'Sesión iniciada' : `Desde ${address}, sesión iniciada`),
    seen: 'último uso',
    end: 'Cerrar sesión',
    endOf: device => `Cerrar sesión: ${device}`,
    endOthers: 'Cerrar las demás sesiones',
  },
  again: {
    title: '¿Eres tú?',
    hint: 'Para esto se pide tu contraseña, o un código, una vez más.',
    password: 'Contraseña',
    code: 'Código de tu aplicación',
    submit: 'Continuar',
  },
  users: {
    factor: 'segundo paso',
    endSessions: 'Cerrar todas sus sesiones',
    resetFactor: 'Quitar el segundo paso',
    policy: 'Inicio de sesión',
    policyHint:
      'Quién debe escribir un código tras la contraseña. Quien aún no lo tenga lo configura al iniciar sesión la próxima vez.',
  },
  events: {
    sessionsEnded: (by, name) =>
      by === name ? `${name} cerró sesión en otros dispositivos` : `${by} cerró todas las sesiones de ${name}`,
    factorAdded: name => `${name} configuró un segundo paso para iniciar sesión`,
    factorRemoved: (by, name) =>
      by === name ? `${name} desactivó el segundo paso` : `${by} quitó el segundo paso a ${name}`,
    recoveryCodeUsed: name => `${name} inició sesión con un código de recuperación`,
    recoveryCodesRenewed: name => `${name} creó nuevos códigos de recuperación`,
    policyUpdated: by => `${by} cambió quién debe iniciar sesión con un segundo paso`,
  },
}
