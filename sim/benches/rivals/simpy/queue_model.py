"""The reduced model in SimPy: queue_model.py STYLE JOBS SERVERS TIMES.

Reads arrival and service time of each job, writes start and finish of each, and prints the CPU
seconds between. The clock counts integer nanoseconds, so nothing is rounded.

STYLE is `processes`, as SimPy's manual writes it (a process for each job, servers as a Resource), or
`callbacks`, the fastest form found: bare timeouts, one of them an arrival, without processes.
"""

import sys
import time
from array import array
from collections import deque

import simpy


def callbacks(env, arrivals, services, servers, starts, finishes):
    waiting = deque()
    free = servers
    timeout = simpy.events.Timeout

    def expect(job):
        if job < len(arrivals):
            timeout(env, arrivals[job] - env.now, job).callbacks.append(arrive)

    def begin(job):
        starts[job] = env.now
        timeout(env, services[job], job).callbacks.append(depart)

    def arrive(event):
        nonlocal free
        job = event._value
        expect(job + 1)
        if free:
            free -= 1
            begin(job)
        else:
            waiting.append(job)

    def depart(event):
        nonlocal free
        finishes[event._value] = env.now
        if waiting:
            begin(waiting.popleft())
        else:
            free += 1

    expect(0)


def processes(env, arrivals, services, servers, starts, finishes):
    station = simpy.Resource(env, capacity=servers)

    def job(number):
        with station.request() as request:
            yield request
            starts[number] = env.now
            yield env.timeout(services[number])
            finishes[number] = env.now

    def source():
        for number, arrival in enumerate(arrivals):
            yield env.timeout(arrival - env.now)
            env.process(job(number))

    env.process(source())


def main():
    style, jobs_path, servers, times_path = sys.argv[1:]
    numbers = array("Q")
    with open(jobs_path, "rb") as file:
        numbers.frombytes(file.read())
    # Lists, because they hand out numbers without making them anew.
    arrivals, services = list(numbers[0::2]), list(numbers[1::2])
    starts, finishes = [0] * len(arrivals), [0] * len(arrivals)
    env = simpy.Environment(initial_time=0)
    build = {"callbacks": callbacks, "processes": processes}[style]

    before = time.process_time()
    build(env, arrivals, services, int(servers), starts, finishes)
    env.run()
    seconds = time.process_time() - before

    numbers[0::2], numbers[1::2] = array("Q", starts), array("Q", finishes)
    with open(times_path, "wb") as file:
        numbers.tofile(file)
    print(seconds)


main()
