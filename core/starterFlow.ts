import type { FlowDefinition } from './flow.ts'
import type { FlowTest } from './flowTest.ts'

/** Ids or names of the queues that the starter flow leads to. */
export interface StarterQueues {
  sales: string
  support: string
  hr: string
}

/**
 * What callers of a new center hear: 1 sales, 2 support, 3 human resources. No key or a wrong one repeats the menu;
 * after that, support: it is where people are who know where else to go.
 */
export function starterFlow({ sales, support, hr }: StarterQueues): FlowDefinition {
  return {
    start: 'greeting',
    language: 'en-US',
    nodes: {
      greeting: {
        type: 'say',
        label: 'Greeting',
        prompt: { text: { 'en-US': 'Thank you for calling.', 'es-US': 'Gracias por llamar.' } },
        next: 'menu',
      },
      menu: {
        type: 'menu',
        label: 'Main menu',
        prompt: {
          text: {
            'en-US': 'For sales, press 1. For support, press 2. For human resources, press 3.',
            'es-US': 'Para ventas, pulse 1. Para soporte, pulse 2. Para recursos humanos, pulse 3.',
          },
        },
        options: [
          {
            digits: '1',
            hints: { 'en-US': ['sales', 'buy', 'order', 'price'], 'es-US': ['ventas', 'comprar', 'pedido', 'precio'] },
            next: 'sales',
          },
          {
            digits: '2',
            hints: {
              'en-US': ['support', 'help', 'problem', 'technical support'],
              'es-US': ['soporte', 'ayuda', 'problema', 'soporte técnico'],
            },
            next: 'support',
          },
          {
            digits: '3',
            hints: {
              'en-US': ['human resources', 'hr', 'h r', 'job', 'application'],
              'es-US': ['recursos humanos', 'empleo', 'trabajo', 'solicitud'],
            },
            next: 'hr',
          },
        ],
        timeoutSeconds: 5,
        retries: 1,
        invalid: {
          text: { 'en-US': 'Sorry, that is not an option.', 'es-US': 'Lo siento, esa no es una opción.' },
        },
        otherwise: 'support',
      },
      sales: { type: 'queue', label: 'Sales', queue: sales },
      support: { type: 'queue', label: 'Support', queue: support },
      hr: { type: 'queue', label: 'HR', queue: hr },
    },
  }
}

export function starterFlowTests({ sales, support, hr }: StarterQueues): FlowTest[] {
  const into = (queue: string) => ({ endsIn: { type: 'queue' as const, queue } })
  return [
    { name: '1 is sales', inputs: ['1'], expect: { path: ['greeting', 'menu', 'sales'], exact: true, ...into(sales) } },
    { name: '2 is support', inputs: ['2'], expect: into(support) },
    { name: '3 is human resources', inputs: ['3'], expect: into(hr) },
    {
      name: 'Who says what it wants gets there',
      inputs: [{ speech: 'I want to buy something.' }],
      expect: into(sales),
    },
    {
      name: 'In Spanish too',
      given: { language: 'es-US' },
      inputs: [{ speech: 'Soporte técnico, por favor.' }],
      expect: { says: ['Gracias por llamar', 'Para ventas, pulse 1'], ...into(support) },
    },
    {
      name: 'A wrong key repeats the menu',
      inputs: ['9', '3'],
      expect: { says: ['press 1', 'not an option', 'press 1'], ...into(hr) },
    },
    {
      name: 'No key repeats the menu, then support',
      inputs: [{ nothing: true }, { nothing: true }],
      expect: into(support),
    },
  ]
}
