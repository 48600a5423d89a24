/**
 * The system calls that Node, its init and SQLite need, and no others: no sockets, no mounts, no namespaces, no tracing, no keys.
 * `open_by_handle_at` is left out above all: with DAC_READ_SEARCH it would open any file of the host's disk, bound or not, and Docker's
 * own profile allows it to whoever has that capability.
 */
const ALLOWED = [
  // files and directories
  'access chdir chmod chown close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 fadvise64 fallocate',
  'fchdir fchmod fchmodat fchmodat2 fchown fchownat fcntl fdatasync flock fstat fstatfs fsync ftruncate getcwd getdents getdents64',
  'ioctl lchown lseek lstat mkdir mkdirat newfstatat open openat openat2 pipe pipe2 pread64 preadv preadv2 pwrite64 pwritev pwritev2',
  'read readahead readlink readlinkat readv rename renameat renameat2 rmdir sendfile splice stat statfs statx sync_file_range truncate',
  'umask unlink unlinkat utime utimensat utimes write writev arm_fadvise64_64 sync_file_range2',
  // memory
  'brk madvise membarrier memfd_create mincore mlock mlock2 mmap mprotect mremap msync munlock munmap pkey_alloc pkey_free pkey_mprotect',
  // waiting
  'epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 futex futex_waitv poll ppoll pselect6 select',
  'inotify_add_watch inotify_init inotify_init1 inotify_rm_watch signalfd signalfd4 timerfd_create timerfd_gettime timerfd_settime',
  // descriptors that were inherited: what they are, reading and writing them
  'getpeername getsockname getsockopt recvfrom recvmsg sendmsg sendto shutdown socketpair',
  // processes and signals
  'arch_prctl capget capset execve execveat exit exit_group fork vfork kill pause prctl prlimit64 getrlimit setrlimit getrusage wait4 waitid',
  'getpgid getpgrp getpid getppid getpriority getsid gettid setpgid setpriority setsid tgkill tkill pidfd_open pidfd_send_signal',
  'getegid geteuid getgid getgroups getresgid getresuid getuid setgid setgroups setregid setresgid setresuid setreuid setuid',
  'get_robust_list rseq set_robust_list set_thread_area set_tid_address set_tls riscv_flush_icache riscv_hwprobe',
  'rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo restart_syscall',
  'sigaltstack sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler',
  'sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield getcpu',
  // clocks and the rest
  'alarm clock_getres clock_gettime clock_nanosleep getitimer gettimeofday nanosleep setitimer time times timer_create timer_delete',
  'timer_getoverrun timer_gettime timer_settime getrandom sysinfo uname',
]
  .join(' ')
  .split(' ');

/** CLONE_NEW*: a thread or a child may be made, a namespace not. */
const NEW_NAMESPACES = 0x7e020000;
const ENOSYS = 38;

/** For HostConfig.SecurityOpt, behind `seccomp=`. */
export function seccompProfile(): string {
  return JSON.stringify({
    defaultAction: 'SCMP_ACT_ERRNO',
    syscalls: [
      { names: ALLOWED, action: 'SCMP_ACT_ALLOW' },
      {
        names: ['clone'],
        action: 'SCMP_ACT_ALLOW',
        args: [{ index: 0, value: NEW_NAMESPACES, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
      },
      // Its flags lie in memory, where no filter can look; told that it isn't there, libraries use clone.
      { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS },
      {
        names: ['personality'],
        action: 'SCMP_ACT_ALLOW',
        args: [{ index: 0, value: 0, valueTwo: 0, op: 'SCMP_CMP_EQ' }],
      },
    ],
  });
}
