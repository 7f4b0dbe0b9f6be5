import { Counter, Gauge, type Registry } from 'prom-client';

type RefusalReason = 'open' | 'full';

export interface ServiceMetrics {
  refused(reason: RefusalReason): void;
}

/** Figures of calls to one service; those of a process share the metrics, told apart by the label `subgraph`. */
export function serviceMetrics(
  registry: Registry | undefined,
  subgraph: string,
  read: { readonly open: () => boolean; readonly inFlight: () => number },
): ServiceMetrics {
  if (!registry) return { refused: () => undefined };
  gaugeOf(registry, 'subgraph_circuit_open', 'Whether a subgraph is not asked, as it does not answer.').read(
    subgraph,
    () => Number(read.open()),
  );
  gaugeOf(registry, 'subgraph_calls_in_flight', 'Calls to a subgraph that hold a place.').read(subgraph, read.inFlight);
  const name = 'subgraph_calls_refused_total';
  const refused =
    (registry.getSingleMetric(name) as Counter | undefined) ??
    new Counter({
      name,
      help: 'Calls that a subgraph was not asked: its circuit is open, or too many wait for it.',
      labelNames: ['subgraph', 'reason'],
      registers: [registry],
    });
  return { refused: (reason) => refused.inc({ subgraph, reason }) };
}

/** A gauge of which each subgraph's value is read when metrics are asked for. */
class SubgraphGauge extends Gauge {
  private readonly readers = new Map<string, () => number>();

  constructor(name: string, help: string, registry: Registry) {
    super({
      name,
      help,
      labelNames: ['subgraph'],
      registers: [registry],
      collect: () => {
        for (const [subgraph, value] of this.readers) this.set({ subgraph }, value());
      },
    });
  }

  read(subgraph: string, value: () => number): void {
    this.readers.set(subgraph, value);
  }
}

const gaugeOf = (registry: Registry, name: string, help: string): SubgraphGauge =>
  (registry.getSingleMetric(name) as SubgraphGauge | undefined) ?? new SubgraphGauge(name, help, registry);
