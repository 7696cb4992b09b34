#include "cases.h"

#include <analysis/quality.h>

#include <ldm/files.h>
#include <ldm/jsonreading.h>
#include <ldm/model.h>
#include <ldm/safetensors.h>

#include <ATen/Parallel.h>
#include <nlohmann/json.hpp>

#include <QTemporaryDir>

#include <cstring>
#include <functional>
#include <random>

using namespace analysis;
namespace fs = std::filesystem;

namespace {

constexpr int kSide = 64;

int formula(const std::string& kind, int x, int y, int c) {
    if (kind == "ramp") return (x * 3 + y + c * 20) % 256;
    if (kind == "checks") return (x / 8 + y / 8) % 2 == 0 ? 230 - 60 * c : 25 + 40 * c;
    if (kind == "disc")
        return (x - 32) * (x - 32) + (y - 30 - 2 * c) * (y - 30 - 2 * c) < 500 ? 250 - 30 * c * c : 255 - 15 * c;
    return (x * 37 + y * 101 + c * 53 + x * y * 7) % 251; // "hash"
}

/// The picture of this kind, every pixel `factor` by `factor` times.
ldm::Image procedural(const std::string& kind, int factor = 1) {
    const int side = kSide * factor;
    ldm::Image image{side, side, {}};
    for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x)
            for (int c = 0; c < 3; ++c) image.rgb.push_back(std::uint8_t(formula(kind, x / factor, y / factor, c)));
    return image;
}

ldm::Image noisy(ldm::Image image, double strength) {
    std::mt19937 random(7);
    std::normal_distribution<double> noise;
    for (auto& value : image.rgb) value = std::uint8_t(std::clamp(value + strength * noise(random), 0.0, 255.0));
    return image;
}

bool near(double actual, double expected, double tolerance) {
    return std::abs(actual - expected) <= tolerance * std::max(1.0, std::abs(expected));
}

bool near(const std::vector<double>& actual, const std::vector<double>& expected, double tolerance) {
    if (actual.size() != expected.size()) return false;
    for (std::size_t i = 0; i < actual.size(); ++i)
        if (!near(actual[i], expected[i], tolerance)) return false;
    return true;
}

std::vector<double> stageMeans(const Perception& seen) {
    std::vector<double> means;
    for (const FeatureMap& map : seen.stages) {
        double sum = 0;
        for (const float value : map.values) sum += value;
        means.push_back(sum / double(map.values.size()));
    }
    return means;
}

std::vector<std::size_t> firstFive(const std::vector<double>& probabilities) {
    std::vector<std::size_t> order(probabilities.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return probabilities[a] > probabilities[b]; });
    order.resize(5);
    return order;
}

using Damage = std::function<void(const fs::path& folder)>;
constexpr const char* kConfig = "evaluator.json";
constexpr const char* kWeights = "evaluator.safetensors";

Damage changing(const nlohmann::json& patch) {
    return [patch](const fs::path& folder) {
        nlohmann::json json = ldm::readJsonObject(folder / kConfig);
        json.merge_patch(patch);
        ldm::writeTextFile(folder / kConfig, json.dump());
    };
}

/// Writes the weights anew without the tensor `name`, or with one value of it set to `value`.
Damage rewriting(const std::string& name, std::optional<std::uint16_t> value) {
    return [=](const fs::path& folder) {
        const auto file = ldm::SafetensorsFile::open(folder / kWeights);
        std::vector<ldm::TensorToWrite> tensors;
        std::vector<std::byte> changed;
        for (const ldm::TensorEntry& entry : file.entries()) {
            const auto bytes = file.bytes(entry);
            if (entry.name != name) {
                tensors.push_back({entry.name, entry.dtype, entry.shape, bytes});
            } else if (value) {
                changed.assign(bytes.begin(), bytes.end());
                std::memcpy(changed.data(), &*value, sizeof *value);
                tensors.push_back({entry.name, entry.dtype, entry.shape, changed});
            }
        }
        ldm::writeSafetensors(folder / kWeights, tensors);
    };
}

Damage adding(const std::string& name) {
    return [=](const fs::path& folder) {
        const auto file = ldm::SafetensorsFile::open(folder / kWeights);
        std::vector<ldm::TensorToWrite> tensors;
        for (const ldm::TensorEntry& entry : file.entries())
            tensors.push_back({entry.name, entry.dtype, entry.shape, file.bytes(entry)});
        const std::array<std::byte, 4> one{};
        tensors.push_back({name, ldm::DType::F32, {1}, one});
        ldm::writeSafetensors(folder / kWeights, tensors);
    };
}

} // namespace

Q_DECLARE_METATYPE(Damage)

class EvaluatorTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theNumbersAreThoseOfTheTrainingProgram() {
        const Evaluator evaluator = Evaluator::embedded();
        const nlohmann::json parity = reference();
        QCOMPARE(parity["pictures"].size(), std::size_t(4));
        for (const auto& expected : parity["pictures"]) {
            const Perception seen = evaluator.look(procedural(expected["kind"]));
            QVERIFY(near(stageMeans(seen), expected["stage_means"], 1e-4));
            QVERIFY(near(seen.features, expected["features"], 1e-4));
            const auto order = firstFive(seen.probabilities);
            for (std::size_t i = 0; i < order.size(); ++i) {
                const auto& top = expected["top"][i];
                QCOMPARE(evaluator.classes()[order[i]], top["class"].get<std::string>());
                QVERIFY(std::abs(seen.probabilities[order[i]] - top["probability"].get<double>()) < 1e-4);
            }
        }
    }

    void theDistancesAreThoseOfTheTrainingProgram() {
        const Evaluator evaluator = Evaluator::embedded();
        const nlohmann::json expected = reference();
        for (const auto& pair : expected["perceptual"]) {
            const double distance =
                perceptualDistance(evaluator.look(procedural(pair["a"])), evaluator.look(procedural(pair["b"])));
            QVERIFY(near(distance, pair["distance"], 1e-4));
        }
        std::vector<std::vector<double>> features;
        for (const auto& picture : expected["pictures"])
            features.push_back(evaluator.look(procedural(picture["kind"])).features);
        const double distance = frechetDistance({features[0], features[1]}, {features[2], features[3]});
        QVERIFY(near(distance, expected["frechet_of_first_and_last_two"], 1e-3));
    }

    void probabilitiesSumToOne() {
        const Perception seen = Evaluator::embedded().look(procedural("disc"));
        double sum = 0;
        for (const double probability : seen.probabilities) sum += probability;
        QVERIFY(near(sum, 1, 1e-12));
        QCOMPARE(seen.probabilities.size(), Evaluator::embedded().classes().size());
        QCOMPARE(seen.features.size(), std::size_t(seen.stages.back().channels));
    }

    void growingNoiseIsAGrowingDistance() {
        const Evaluator evaluator = Evaluator::embedded();
        for (const std::string kind : {"ramp", "disc"}) {
            const Perception clean = evaluator.look(procedural(kind));
            QCOMPARE(perceptualDistance(clean, clean), 0.0);
            double last = 0;
            for (const double strength : {2.0, 5.0, 10.0, 20.0, 40.0}) {
                const Perception damaged = evaluator.look(noisy(procedural(kind), strength));
                const double distance = perceptualDistance(clean, damaged);
                QVERIFY(distance > last);
                QCOMPARE(perceptualDistance(damaged, clean), distance);
                last = distance;
            }
            QVERIFY(last <= 2.0 * double(clean.stages.size()));
        }
    }

    void aPictureOfLargerPixelsIsSeenAlike() {
        const Evaluator evaluator = Evaluator::embedded();
        const Perception small = evaluator.look(procedural("checks"));
        const Perception large = evaluator.look(procedural("checks", 3)); // averaged over the equal pixels
        QVERIFY(perceptualDistance(small, large) < 1e-6);
        QVERIFY(near(large.features, small.features, 1e-5));
    }

    void picturesOfAnyShapeAreSeen() {
        const Evaluator evaluator = Evaluator::embedded();
        for (const auto& [width, height] : std::vector<std::pair<int, int>>{{1, 1}, {7, 200}, {300, 40}, {640, 480}}) {
            ldm::Image image{width, height, std::vector<std::uint8_t>(std::size_t(width * height * 3), 90)};
            const Perception seen = evaluator.look(image);
            QVERIFY(near(seen.features, evaluator.look({64, 64, std::vector<std::uint8_t>(64 * 64 * 3, 90)}).features,
                         1e-5));
        }
        QVERIFY(!support::failureOf(ldm::ErrorKind::BadInput, [&] { evaluator.look({}); }).empty());
    }

    void theNumberOfThreadsChangesNothingThatCounts() {
        const Evaluator evaluator = Evaluator::embedded();
        const int threads = at::get_num_threads();
        at::set_num_threads(1);
        const Perception one = evaluator.look(procedural("hash"));
        at::set_num_threads(2);
        const Perception two = evaluator.look(procedural("hash"));
        at::set_num_threads(threads);
        QVERIFY(near(one.features, two.features, 1e-5));
    }

    void agreementIsForPicturesOfItsOwnKind() {
        const Evaluator evaluator = Evaluator::embedded();
        const ldm::Image image = procedural("disc");
        const Perception seen = evaluator.look(image);
        const auto order = firstFive(seen.probabilities);
        const auto agreement =
            promptAgreement(evaluator, evaluator.classes()[order[2]] + " on a pink background", image, seen);
        QVERIFY(agreement.has_value());
        QCOMPARE(agreement->rank, 3);
        QCOMPARE(agreement->probability, seen.probabilities[order[2]]);
        QVERIFY(!promptAgreement(evaluator, "a castle in the mountains", image, seen));
        const ldm::Image large = procedural("disc", 2);
        QVERIFY(!promptAgreement(evaluator, evaluator.classes()[order[2]], large, evaluator.look(large)));
    }

    void badFilesAreRefusedByName_data() {
        const std::uint16_t nan = 0x7e00, minusOne = 0xbc00;
        QTest::addColumn<Damage>("damage");
        QTest::addColumn<QString>("named");
        const auto row = [](const char* what, const Damage& damage, const char* named) {
            QTest::newRow(what) << damage << QString(named);
        };
        row(
            "no configuration", [](const fs::path& folder) { fs::remove(folder / kConfig); }, kConfig);
        row(
            "no weights", [](const fs::path& folder) { fs::remove(folder / kWeights); }, kWeights);
        row(
            "half the weights", [](const fs::path& folder) { fs::resize_file(folder / kWeights, 5000); }, kWeights);
        row(
            "no JSON", [](const fs::path& folder) { ldm::writeTextFile(folder / kConfig, "{"); }, kConfig);
        row("another version", changing({{"noisefloor_evaluator", 2}}), "noisefloor_evaluator");
        row("a key missing", changing({{"side", nullptr}}), "side");
        row("no number", changing({{"side", "64"}}), "side");
        row("a fraction", changing({{"side", 64.5}}), "side");
        row("too large a number", changing({{"channels", {16, 1e9, 64, 128}}}), "channels");
        row("no stages", changing({{"channels", nlohmann::json::array()}}), "channels");
        row("stages of nothing", changing({{"side", 8}}), "channels");
        row("fewer layers than stages", changing({{"layers", {1, 2}}}), "layers");
        row("a name twice", changing({{"classes", {"cat", "cat"}}}), "classes");
        row("names that are none", changing({{"classes", {1, 2}}}), "classes");
        row("other classes than weights", changing({{"classes", {"cat", "dog"}}}), "head.weight");
        row("other channels than weights", changing({{"channels", {16, 32, 64, 120}}}), "stages.3.0");
        row("a tensor missing", rewriting("head.bias", std::nullopt), "head.bias");
        row("a layer missing", rewriting("stages.1.0.conv.weight", std::nullopt), "stages.1.0.conv.weight");
        row("a tensor too many", adding("stranger"), "stranger");
        row("a value that is not finite", rewriting("stages.2.1.conv.weight", nan), "stages.2.1.conv.weight");
        row("a negative variance", rewriting("stages.0.0.norm.running_var", minusOne), "running_var");
    }
    void badFilesAreRefusedByName() {
        QFETCH(const Damage, damage);
        QFETCH(const QString, named);
        QTemporaryDir temporary;
        const fs::path folder = temporary.path().toStdString();
        for (const char* name : {kConfig, kWeights})
            fs::copy_file(ldm::resourceFolder() / "evaluator" / name, folder / name);
        Evaluator::load(folder); // whole
        damage(folder);
        const std::string sentence = support::failureOf(ldm::ErrorKind::BadInput, [&] { Evaluator::load(folder); });
        QVERIFY2(QString::fromStdString(sentence).contains(named), sentence.c_str());
    }

private:
    static nlohmann::json reference() {
        return ldm::readJsonObject(fs::path(NOISEFLOOR_TEST_DATA) / "evaluator/parity.json");
    }
};

NOISEFLOOR_TEST(EvaluatorTest)
#include "tst_evaluator.moc"
