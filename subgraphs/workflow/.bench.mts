import { readFileSync } from 'node:fs';
import { createPool, createDatabases, migrateDomain, withDatabase } from '@flowmesh/platform/database';
import { createQueueSystem } from '@flowmesh/platform/queue';
import { createEventBus, startRelay } from '@flowmesh/platform/events';
import { createLogger } from '@flowmesh/platform/logging';
import { closeExpressions } from '@flowmesh/platform/expressions';
import { createEngine, startRequest, step, storeWorkflow, readExecution, noAgents } from './src/testing/engine-harness.ts';
const logger = createLogger({ level: 'warn', name: 'b' });
const server = readFileSync('/var/tmp/wfdev/url','utf8');
const tag = 'b'+Date.now();
await createDatabases(server,[tag,tag+'p']);
const url=withDatabase(server,tag), purl=withDatabase(server,tag+'p');
await migrateDomain(url,'prisma/workflow/migrations');
const redisUrl = process.argv[2]==='redis' ? 'redis://127.0.0.1:56390' : null;
const withRelay = process.argv[3]==='relay';
const pool = createPool(url,{max:16,applicationName:'b',pipeline:true});
const queues = await createQueueSystem({ redisUrl, platformDatabaseUrl: purl, logger });
const bus = await createEventBus({ redisUrl, platformDatabaseUrl: purl, logger });
let relay:any = withRelay ? startRelay({domain:'workflow',pool,bus,logger}) : undefined;
const { engine, work } = createEngine(pool, queues, noAgents, bus);
(engine as any).options.onCommit = () => relay?.poke();
const worker = await work();
const chain = (n:number)=>Array.from({length:n},(_,i)=>step('s'+i,{dependencies:i?['s'+(i-1)]:[],config:{expression:i?`steps.s${i-1}.result + 1`:'input.n'}}));
const waitAll = async (wf:string,n:number)=>{ for(;;){ const {rows}=await pool.query("select count(*)::int c from workflow_executions where workflow_id=$1 and status='COMPLETED'",[wf]); if(rows[0].c>=n) return; await new Promise(r=>setTimeout(r,10)); } };
if (process.argv[4]==='long') {
  const d=await storeWorkflow(pool,chain(500)); const t=performance.now(); await engine.start(startRequest(d,{n:1})); await waitAll(d.workflowId,1); console.log('500 chain ms',Math.round(performance.now()-t));
} else {
for (const [name,steps] of [['five',chain(5)],['fan20',[step('a'),...Array.from({length:20},(_,i)=>step('f'+i,{dependencies:['a']})),step('z',{dependencies:Array.from({length:20},(_,i)=>'f'+i)})]]] as const) {
  const d=await storeWorkflow(pool,steps); const N=name==='five'?1000:200;
  for (const w of [20, N]) {
  const d=await storeWorkflow(pool,steps);
  await engine.start(startRequest(d,{n:1})); await waitAll(d.workflowId,1);
  const t=performance.now();
  for(let i=0;i<N;i+=w) await Promise.all(Array.from({length:w},()=>engine.start(startRequest(d,{n:1}))));
  const ts=performance.now()-t;
  await waitAll(d.workflowId,N+1);
  const s=(performance.now()-t)/1000; console.log(name,'in batches of',w,'exec/s',(N/s).toFixed(0),'starts took',ts.toFixed(0));
  }
  const l:number[]=[]; for(let i=0;i<20;i++){const t=performance.now();const d2=await storeWorkflow(pool,steps);const r=startRequest(d2,{n:1});const t1=performance.now();await engine.start(r);while((await readExecution(pool,r.id)).status!=='COMPLETED');l.push(performance.now()-t1)} l.sort((a,b)=>a-b);console.log(name,'idle p50',l[10]?.toFixed(1));
}}
await worker.stop(); await relay?.stop(); await queues.close(); await bus.close(); await pool.end(); await closeExpressions(); process.exit(0);
