#include "support/testmain.h"

#include <ldm/denoise.h>
#include <ldm/weightcache.h>

#include <ATen/ATen.h>

#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <fstream>

namespace {

/// A prepared weight of so many bytes.
struct Sized {
    std::int64_t size = 0;
    std::int64_t bytes() const { return size; }
};

ldm::Layer convolution(int id, at::ScalarType type) {
    ldm::Layer layer;
    layer.id = id;
    layer.name = "unet.sample";
    layer.kind = ldm::LayerKind::Conv2d;
    layer.weight = ldm::held("weight", at::randn({8, 4, 3, 3}).to(type));
    layer.bias = ldm::held("bias", at::randn({8}).to(type));
    layer.padding = 1;
    return layer;
}

ldm::Layer linear(int id) {
    ldm::Layer layer;
    layer.id = id;
    layer.name = "unet.sample";
    layer.weight = ldm::held("weight", at::randn({6, 4}).to(at::kHalf));
    return layer;
}

/// The tensor as an entry of a file.
ldm::StoredTensor storedIn(const std::string& path, const at::Tensor& values) {
    const std::span<const std::byte> bytes(static_cast<const std::byte*>(values.data_ptr()), values.nbytes());
    ldm::writeSafetensors(path, {{"weight", ldm::fromScalarType(values.scalar_type()), values.sizes().vec(), bytes}});
    return *ldm::TensorTable(ldm::SafetensorsFile::open(path)).find("weight");
}

/// Pages of files that are in this process's memory.
std::int64_t mappedKibibytes() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("RssFile:")) return std::stoll(line.substr(8));
    return 0;
}

/// Counts the layers that begin, and asks for a stop when `last` have.
class Counting final : public ldm::ForwardingArithmetic {
public:
    Counting(ldm::Arithmetic& inner, int last, std::stop_source stop)
        : ForwardingArithmetic(inner), m_last(last), m_stop(std::move(stop)) {}
    at::Tensor linear(const ldm::Layer& layer, const at::Tensor& x) override {
        count();
        return inner().linear(layer, x);
    }
    at::Tensor conv2d(const ldm::Layer& layer, const at::Tensor& x) override {
        count();
        return inner().conv2d(layer, x);
    }
    int begun() const { return m_begun; }

private:
    void count() {
        if (++m_begun == m_last) m_stop.request_stop();
    }
    int m_last;
    int m_begun = 0;
    std::stop_source m_stop;
};

ldm::UNetState stateOf(ldm::Networks& networks) {
    ldm::GenerateSettings settings;
    settings.prompt = "a red apple";
    settings.steps = 4;
    return ldm::Trajectory(networks, ldm::prepare(networks, {settings})).state();
}

double sqnr(const at::Tensor& y, const at::Tensor& altered) {
    const auto power = [](const at::Tensor& x) { return x.to(at::kDouble).square().sum().item<double>(); };
    return 10 * std::log10(power(y) / power(altered - y));
}

} // namespace

Q_DECLARE_METATYPE(at::ScalarType)

class ArithmeticTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theFirstWeightsThatFitAreKeptAndTheRestIsMadeForEachUse() {
        ldm::WeightCache<int, Sized> cache(100);
        int made = 0;
        const auto use = [&](int key, std::int64_t size) {
            cache.get(key, [&] {
                ++made;
                return Sized{size};
            });
        };
        for (int round = 0; round < 3; ++round) {
            use(0, 60);
            use(1, 50);
            use(2, 40);
        }
        QCOMPARE(made, 3 + 2); // the second never fits
        QCOMPARE(cache.bytes(), 100);
    }

    void weightsOfFormerRoundsStayUntilTheirRoomIsNeeded() {
        ldm::WeightCache<int, Sized> cache(100);
        std::vector<int> made;
        const auto use = [&](int key, std::int64_t size) {
            cache.get(key, [&] {
                made.push_back(key);
                return Sized{size};
            });
        };
        use(0, 40);
        cache.beginRound();
        use(1, 30);
        cache.beginRound();
        use(0, 40); // kept, and used later than 1 from now on
        use(2, 30);
        cache.beginRound();
        use(3, 30); // takes the place of 1
        use(0, 40);
        use(2, 30);
        QCOMPARE(made, (std::vector<int>{0, 1, 2, 3}));
        QCOMPARE(cache.bytes(), 100);
        use(1, 30); // all that is kept belongs to this round
        use(0, 40);
        QCOMPARE(made, (std::vector<int>{0, 1, 2, 3, 1}));
        cache.beginRound();
        use(4, 101); // would not fit even alone, so nothing goes for it
        QCOMPARE(cache.bytes(), 100);
        cache.clear();
        QCOMPARE(cache.bytes(), 0);
    }

    void keepingNothingChangesNoNumber() {
        ldm::FloatArithmetic keeps, drops({.compute = {}, .keptBytes = 0});
        const ldm::Layer conv = convolution(0, at::kHalf), dense = linear(1);
        const at::Tensor picture = at::randn({2, 4, 9, 7}), rows = at::randn({5, 4});
        for (int run = 0; run < 2; ++run) {
            QVERIFY(at::equal(keeps.conv2d(conv, picture), drops.conv2d(conv, picture)));
            QVERIFY(at::equal(keeps.linear(dense, rows), drops.linear(dense, rows)));
        }
        QCOMPARE(drops.keptBytes(), 0);
        QCOMPARE(keeps.keptBytes(), std::int64_t((8 * 4 * 9 + 6 * 4) * sizeof(float)));
    }

    void aLayerLetsGoOfItsFileAfterUse_data() {
        QTest::addColumn<at::ScalarType>("type");
        QTest::newRow("used as it lies there") << at::kFloat;
        QTest::newRow("converted") << at::kHalf;
    }

    void aLayerLetsGoOfItsFileAfterUse() {
        QFETCH(at::ScalarType, type);
        const QTemporaryDir folder;
        ldm::Layer layer;
        layer.id = 0;
        layer.weight = storedIn(folder.filePath("weights.safetensors").toStdString(), at::ones({2048, 4096}).to(type));
        ldm::FloatArithmetic drops({.compute = {}, .keptBytes = 0});
        const at::Tensor x = at::ones({1, 4096});
        const std::int64_t before = mappedKibibytes();
        for (int run = 0; run < 2; ++run) {
            QCOMPARE(drops.linear(layer, x).sum().item<float>(), 2048 * 4096.0F);
            const std::int64_t left = mappedKibibytes() - before;
            QVERIFY2(left < 4096, qPrintable(QString::number(left)));
        }
        const at::Tensor view = layer.weight.values();
        layer.weight.release();
        QCOMPARE(view.sum(at::kDouble).item<double>(), 2048 * 4096.0);
        QVERIFY(mappedKibibytes() - before > 8192); // so the limit above means something
    }

    void onlySmallNetworksKeepTheirWeights() {
        QVERIFY(ldm::keptWeightBytes(16'000'000) > 16'000'000 * 4);
        QCOMPARE(ldm::keptWeightBytes(860'000'000), 0);
    }

    void noLayerBeginsAfterAStop() {
        const ldm::Model model = ldm::Model::open("emoji-ldm");
        ldm::Networks& networks = model.networks();
        std::stop_source stop;
        Counting counting(networks.unetArithmetic, 5, stop);
        const auto finished =
            ldm::StoppableArithmetic::unlessStopped(counting, stop.get_token(), [&](ldm::Arithmetic& running) {
                return networks.unet.finish(running, stateOf(networks));
            });
        QVERIFY(!finished);
        QCOMPARE(counting.begun(), 5);
    }

    void withoutAStopNothingIsDifferent() {
        const ldm::Model model = ldm::Model::open("emoji-ldm");
        ldm::Networks& networks = model.networks();
        const at::Tensor plain = networks.unet.finish(networks.unetArithmetic, stateOf(networks));
        const auto stoppable = ldm::StoppableArithmetic::unlessStopped(
            networks.unetArithmetic, std::stop_token(),
            [&](ldm::Arithmetic& running) { return networks.unet.finish(running, stateOf(networks)); });
        QVERIFY(stoppable && at::allclose(*stoppable, plain, 1e-5, 1e-6));
    }

    /// Slow where the processor has no bfloat16 instructions, and right everywhere.
    void bf16ComputesTheSameWithFewerDigits() {
        const ldm::Model model = ldm::Model::open("emoji-ldm");
        ldm::Networks& networks = model.networks();
        ldm::FloatArithmetic bf16({.compute = {.precision = ldm::Precision::Bf16}});
        const at::Tensor full = networks.unet.finish(networks.unetArithmetic, stateOf(networks));
        const at::Tensor few = networks.unet.finish(bf16, stateOf(networks));
        QCOMPARE(few.scalar_type(), at::kFloat);
        const double db = sqnr(full, few);
        QVERIFY2(db > 30 && db < 90, qPrintable(QString::number(db)));
    }
};

NOISEFLOOR_TEST(ArithmeticTest)
#include "tst_arithmetic.moc"
