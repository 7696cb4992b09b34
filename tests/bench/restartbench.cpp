// From a toggle to the preview that is begun anew, in a studio without a window, with the embedded model: until the run
// that has become stale has ended and the first layer of the new one begins, and until its first coarse picture. Prints
// milliseconds by the clock, and of computing on all threads, which is what remains where nothing else runs. The
// argument is the number of threads; 0 or none: the cores that are free.
#include <app/session/studio.h>

#include <ldm/threads.h>

#include <QCoreApplication>
#include <QTemporaryDir>
#include <QTimer>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <optional>
#include <set>

namespace {

using app::jobs::JobKind;

constexpr int kToggles = 30;
constexpr const char* kModel = "emoji-ldm";

/// Milliseconds.
struct Time {
    double clock = 0;
    double computed = 0;
};

double msOf(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return 1e3 * double(now.tv_sec) + 1e-6 * double(now.tv_nsec);
}

Time now() {
    return {msOf(CLOCK_MONOTONIC), msOf(CLOCK_PROCESS_CPUTIME_ID)};
}

Time operator-(const Time& a, const Time& b) {
    return {a.clock - b.clock, a.computed - b.computed};
}

/// Waits for events, without looking in between.
void waitUntil(const std::function<bool()>& isSo) {
    while (!isSo()) QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
}

void waitFor(double ms) {
    bool isOver = false;
    QTimer::singleShot(std::chrono::milliseconds(std::lround(ms)), Qt::PreciseTimer, qApp, [&] { isOver = true; });
    waitUntil([&] { return isOver; });
}

/// Toggles blocks of the model in a studio and notes what follows.
class Restarts {
public:
    explicit Restarts(app::session::Studio& studio) : m_studio(studio) {
        const app::jobs::Engine* engine = &studio.engine();
        QObject::connect(engine, &app::jobs::Engine::jobSubmitted, &m_context, [this](quint64 number, JobKind kind) {
            if (kind == JobKind::Preview) m_newest = number;
        });
        QObject::connect(engine, &app::jobs::Engine::jobProgressed, &m_context,
                         [this](quint64 number, const ldm::Progress& progress) {
                             const bool runs = number == m_newest && progress.what == "denoising";
                             if (runs && !m_begun) m_begun = now() - m_toggled;
                         });
        QObject::connect(engine, &app::jobs::Engine::quantizedPreviewed, &m_context, [this] {
            if (!m_coarse) m_coarse = now() - m_toggled;
        });
        QObject::connect(engine, &app::jobs::Engine::quantizedPictureMade, &m_context,
                         [this] { m_made = now() - m_toggled; });
        QObject::connect(&studio, &app::session::Studio::failed, &m_context, [](const app::jobs::Failure& failure) {
            std::fprintf(stderr, "%s\n", qPrintable(failure.sentence));
            std::exit(1);
        });
    }

    /// One block after the other gets weights of 4 bits, then all of them of 8 again.
    void toggle() {
        const auto& blocks = m_studio.document().model().blocks;
        const int turn = m_count / int(blocks.size());
        const auto weights = turn % 2 == 0 ? quant::WeightFormat::Int4 : quant::WeightFormat::Int8;
        const std::string& block = blocks[std::size_t(m_count++) % blocks.size()].id;
        m_begun.reset();
        m_coarse.reset();
        m_made.reset();
        m_toggled = now();
        m_studio.report(m_studio.document().setBlockFormat({{block}, weights, std::nullopt}));
    }

    void waitForCoarsePicture() {
        waitUntil([this] { return m_coarse.has_value(); });
    }
    /// How long a picture took from its first coarse one on, by the clock.
    double waitForPicture() {
        waitUntil([this] { return m_made.has_value(); });
        return m_made->clock - m_coarse->clock;
    }
    Time begun() const { return m_begun.value_or(*m_coarse); }
    Time coarse() const { return *m_coarse; }

private:
    app::session::Studio& m_studio;
    int m_count = 0;
    quint64 m_newest = 0;
    Time m_toggled;
    std::optional<Time> m_begun;
    std::optional<Time> m_coarse;
    std::optional<Time> m_made;
    QObject m_context; // last: nothing is noted any more when the rest goes
};

double at(std::vector<double> values, double share) {
    std::sort(values.begin(), values.end());
    return values[std::size_t(share * double(values.size() - 1))];
}

void print(const char* what, const std::vector<Time>& times) {
    std::vector<double> clock;
    std::vector<double> computed;
    for (const Time& time : times) {
        clock.push_back(time.clock);
        computed.push_back(time.computed);
    }
    std::printf("  %-24s %7.1f %7.1f %9.1f %7.1f\n", what, at(clock, 0.5), at(clock, 0.95), at(computed, 0.5),
                at(computed, 0.95));
}

/// Toggles at different moments within so many milliseconds after the first coarse picture of a run.
void measure(Restarts& restarts, double within, const char* what) {
    std::vector<Time> begun;
    std::vector<Time> coarse;
    restarts.toggle();
    restarts.waitForCoarsePicture();
    for (int i = 0; i < kToggles; ++i) {
        waitFor(within * (i * 7 % kToggles + 0.5) / kToggles);
        restarts.toggle();
        restarts.waitForCoarsePicture();
        begun.push_back(restarts.begun());
        coarse.push_back(restarts.coarse());
    }
    std::printf("%s, %d toggles: median and 95 %% by the clock, of computing\n", what, kToggles);
    print("first layer", begun);
    print("first coarse picture", coarse);
}

} // namespace

int main(int argc, char** argv) {
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    const QTemporaryDir folder;
    qputenv("XDG_CACHE_HOME", folder.path().toUtf8());
    std::printf("%d threads\n", ldm::configureRuntime(argc > 1 ? std::atoi(argv[1]) : 0));
    const QCoreApplication application(argc, argv);
    app::session::Settings settings(folder.filePath(QStringLiteral("settings.ini")));
    app::session::Studio studio(settings);
    Restarts restarts(studio);
    studio.openModel({kModel, {}, {}, {}, {}});
    waitUntil([&] { return studio.document().hasModel(); });
    waitUntil([&] { return !studio.engine().isBusy(); }); // first maps and pictures
    restarts.toggle();
    const double picture = restarts.waitForPicture();
    measure(restarts, picture, "While a preview runs");
    std::set<app::session::MapKey> maps;
    for (const quant::Format& format : quant::parseFormats("w8a8,w4a8,w8a16,w4a16"))
        maps.insert({analysis::Metric::Final, format});
    studio.requestMaps(maps);
    measure(restarts, 2 * picture, "While a preview or an analysis runs");
    studio.stop();
    return 0;
}
