import type { ContainerStats } from 'dockerode';
import type { AttemptStats } from '../runtime.ts';

/** As `docker stats` computes it: 100 % is one whole CPU. null where the container has ended. */
export function toStats(sample: ContainerStats): AttemptStats | null {
  // Of a container that has ended there is none of it.
  const memory = sample.memory_stats as Partial<ContainerStats['memory_stats']> | undefined;
  const usage = memory?.usage;
  if (usage === undefined) return null;
  const cpu = sample.cpu_stats.cpu_usage.total_usage - sample.precpu_stats.cpu_usage.total_usage;
  const system = sample.cpu_stats.system_cpu_usage - (sample.precpu_stats.system_cpu_usage || 0);
  return {
    cpuPercent: system > 0 ? (cpu / system) * sample.cpu_stats.online_cpus * 100 : 0,
    // Page cache is not the worker's: `docker stats` takes it off too.
    memoryBytes: usage - inactiveFile(sample),
  };
}

function inactiveFile(sample: ContainerStats): number {
  const stats = sample.memory_stats.stats as unknown as Readonly<Record<string, number | undefined>> | undefined;
  return stats?.['inactive_file'] ?? stats?.['total_inactive_file'] ?? 0;
}
