#include "support/testmain.h"

#include <ldm/threads.h>

#include <ATen/Parallel.h>

#include <QTest>

#include <thread>

#include <dnnl.h>
#include <sched.h>
#include <unistd.h>

/// Narrows the process to one core while it lives.
class OneCore {
public:
    OneCore() {
        ::sched_getaffinity(0, sizeof m_before, &m_before);
        int first = 0;
        while (!CPU_ISSET(first, &m_before)) ++first;
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(first, &one);
        ::sched_setaffinity(0, sizeof one, &one);
    }
    ~OneCore() { ::sched_setaffinity(0, sizeof m_before, &m_before); }
    OneCore(const OneCore&) = delete;
    OneCore& operator=(const OneCore&) = delete;

private:
    cpu_set_t m_before{};
};

class ThreadsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void freeCoresAreAtLeastOneAndNotMoreThanThereAre() {
        const int cores = ldm::freeCores();
        QVERIFY(cores >= 1 && cores <= ::sysconf(_SC_NPROCESSORS_ONLN));
    }

    void processesThatShareAMachineHaveNoMoreThanItsCoresTogether() {
        const int cores = int(::sysconf(_SC_NPROCESSORS_ONLN));
        for (const int sharers : {2, 3, cores, 2 * cores}) {
            const int ours = ldm::freeCores(sharers);
            QVERIFY(ours >= 1);
            QVERIFY(ours == 1 || ours * sharers <= cores);
        }
    }

    void affinityBoundsTheFreeCores() {
        const OneCore narrowed;
        QCOMPARE(ldm::freeCores(), 1);
    }

    void largeNetworksKeepFewPrimitives() {
        const auto kept = [](std::int64_t parameters) {
            ldm::configurePrimitives(parameters);
            int capacity = 0;
            dnnl_get_primitive_cache_capacity(&capacity);
            return capacity;
        };
        QVERIFY(kept(860'000'000) < 100);
        QVERIFY(kept(3'000'000) >= 1000);
    }

    void theChosenNumberHoldsOnEveryThread() {
        const int before = at::get_num_threads();
        QCOMPARE(ldm::configureRuntime(1), 1);
        int elsewhere = 0;
        std::thread([&] { elsewhere = at::get_num_threads(); }).join();
        QCOMPARE(at::get_num_threads(), 1);
        QCOMPARE(elsewhere, 1);
        at::set_num_threads(before);
    }

    void thereAreNeverMoreThreadsThanCores() {
        const int before = at::get_num_threads();
        const int most = ldm::configureRuntime(100'000);
        QVERIFY(most >= 1 && most <= int(::sysconf(_SC_NPROCESSORS_ONLN)));
        QCOMPARE(at::get_num_threads(), most);
        at::set_num_threads(before);
    }

    void theUsersChoiceOfInstructionsIsKept() {
        const QByteArray before = qgetenv("ATEN_CPU_CAPABILITY");
        qputenv("ATEN_CPU_CAPABILITY", "avx2");
        const int threads = at::get_num_threads();
        ldm::configureRuntime(threads);
        QCOMPARE(qgetenv("ATEN_CPU_CAPABILITY"), QByteArray("avx2"));
        before.isNull() ? qunsetenv("ATEN_CPU_CAPABILITY") : qputenv("ATEN_CPU_CAPABILITY", before);
    }
};

NOISEFLOOR_TEST(ThreadsTest)
#include "tst_threads.moc"
