import { AgentSelector } from '../../react/voip/index.ts'
import { showPage } from './page.tsx'

showPage(
  'carla',
  <>
    <h1>My account</h1>
    <p>Questions? Talk to us. You are Carla.</p>
    <AgentSelector variant="default" size="default" />
  </>,
)
