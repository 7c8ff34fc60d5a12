import { Flow } from '../../examples/demo-flow/src/flow.js';
import { silentReport } from '../../examples/demo-flow/src/report.js';
import { STEPS } from '../../examples/demo-flow/src/steps.js';
import { openTarget, type Target } from './target.js';

describe('the main job', () => {
  let target: Target | undefined;
  let flow: Flow;

  beforeAll(async () => {
    const opened = await openTarget();
    target = opened;
    flow = new Flow(opened.demo, silentReport, (app) => opened.restart(app));
  });

  afterAll(async () => {
    await target?.stop();
  });

  for (const [index, { title, run }] of STEPS.entries()) {
    it(`step ${index + 1}: ${title}`, () => run(flow));
  }
});
