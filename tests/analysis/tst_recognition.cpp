#include "cases.h"

#include <analysis/compare.h>
#include <analysis/ppi.h>

#include <cmath>
#include <limits>

using namespace analysis;

namespace {

constexpr int kSide = 64;

/// The first embedded object at twice its size on a plain colour.
ldm::Image animal() {
    const ppi::Objects objects = ppi::Objects::embedded();
    ldm::Image image{kSide, kSide, {}};
    for (int y = 0; y < kSide; ++y)
        for (int x = 0; x < kSide; ++x) {
            const auto* const rgba = &objects.rgba[std::size_t(y / 2 * objects.side + x / 2) * 4];
            for (int c = 0; c < 3; ++c)
                image.rgb.push_back(std::uint8_t((rgba[c] * rgba[3] + 200 * (255 - rgba[3])) / 255));
        }
    return image;
}

/// 30 levels away where the map is 0, or where it is not.
ldm::Image damaged(ldm::Image image, const Plane& map, bool whereSalient) {
    for (std::size_t i = 0; i < image.rgb.size(); ++i)
        if ((map.values[i / 3] > 0) == whereSalient) image.rgb[i] = std::uint8_t(image.rgb[i] ^ 30);
    return image;
}

} // namespace

class RecognitionTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void equalWeightsGiveThePsnr() {
        ldm::Image a{2, 1, {10, 20, 30, 40, 50, 60}};
        ldm::Image b{2, 1, {13, 20, 30, 40, 50, 64}};
        QVERIFY(std::abs(weightedPsnr(a, b, {2, 1, {0.5F, 0.5F}}) - psnr(a, b)) < 1e-12);
        QCOMPARE(weightedPsnr(a, b, {2, 1, {1, 0}}), 10 * std::log10(255.0 * 255 * 3 / 9)); // the first pixel alone
        QVERIFY(std::abs(weightedPsnr(a, b, {2, 1, {0.25F, 0.75F}}) - 10 * std::log10(255.0 * 255 * 3 / 14.25)) <
                1e-12);
        QCOMPARE(weightedPsnr(a, b, {2, 1, {0, 0}}), kExact);
        QCOMPARE(weightedPsnr(a, a, {2, 1, {1, 1}}), kExact);
        const auto refuse = [&] { weightedPsnr(a, b, {1, 2, {1, 1}}); };
        QVERIFY(!support::failureOf(ldm::ErrorKind::BadInput, refuse).empty());
    }

    void anEmojiIsRecognisedByItsPixels() {
        const Evaluator evaluator = Evaluator::embedded();
        const Seen seen = see(evaluator, animal());
        QVERIFY(seen.recognition);
        const auto likeliest = std::ranges::max_element(seen.perception.probabilities);
        QCOMPARE(seen.recognition->probability, *likeliest);
        QCOMPARE(seen.recognition->name,
                 evaluator.classes()[std::size_t(likeliest - seen.perception.probabilities.begin())]);
        QCOMPARE(seen.recognition->salience.map.width, kSide);
        QCOMPARE(seen.recognition->salience.map.values.front(), 0.0F); // the plain corner
    }

    void equalPicturesDoNotDrift() {
        const Evaluator evaluator = Evaluator::embedded();
        const Seen seen = see(evaluator, animal());
        const auto metrics = compareImages(animal(), animal(), seen, see(evaluator, animal(), &seen));
        QCOMPARE(metrics.salience->drift, 0.0);
        QCOMPARE(metrics.salience->salientPsnr, kExact);
        QCOMPARE(metrics.salience->restPsnr, kExact);
        QVERIFY(metrics.salience->isSameClass);
    }

    void damageIsToldByWhereItIs() {
        const Evaluator evaluator = Evaluator::embedded();
        const Seen seen = see(evaluator, animal());
        const Plane& map = seen.recognition->salience.map;
        const auto compared = [&](const ldm::Image& other) {
            return *compareImages(animal(), other, seen, see(evaluator, other, &seen)).salience;
        };
        const SalienceMetrics beside = compared(damaged(animal(), map, false));
        QCOMPARE(beside.salientPsnr, kExact);
        QVERIFY(std::isfinite(beside.restPsnr));
        const SalienceMetrics within = compared(damaged(animal(), map, true));
        QVERIFY(std::isfinite(within.salientPsnr));
        QVERIFY(within.salientPsnr < within.restPsnr);
        QVERIFY(within.drift > 0 && within.drift <= 1);
    }

    void theOtherPictureIsAskedForTheSameClass() {
        const Evaluator evaluator = Evaluator::embedded();
        const Seen seen = see(evaluator, animal());
        ldm::Image mirrored = animal();
        std::ranges::reverse(mirrored.rgb); // upside down, red and blue exchanged
        const Seen other = see(evaluator, mirrored, &seen);
        QCOMPARE(other.recognition->salience.cls, seen.recognition->salience.cls);
        QVERIFY(other.recognition->name != seen.recognition->name);
        QVERIFY(!compareImages(animal(), mirrored, seen, other).salience->isSameClass);
        const auto refuse = [&] {
            compareSalience(animal(), mirrored, seen.recognition, see(evaluator, mirrored).recognition);
        };
        QVERIFY(!support::failureOf(ldm::ErrorKind::BadInput, refuse).empty());
    }

    void picturesOfAnotherSizeAreNotNamed() {
        const Evaluator evaluator = Evaluator::embedded();
        const ldm::Image large{96, 96, std::vector<std::uint8_t>(96 * 96 * 3, 77)};
        const Seen seen = see(evaluator, large);
        QVERIFY(!seen.recognition);
        QVERIFY(!compareImages(large, large, seen, see(evaluator, large, &seen)).salience);
    }

    void whatIsRecognisedByNoPixelHasNoSalience() {
        const Evaluator evaluator = Evaluator::embedded();
        const ldm::Image plain{kSide, kSide, std::vector<std::uint8_t>(kSide * kSide * 3, 77)};
        const Seen seen = see(evaluator, plain); // equal to its edge, so nothing adds to any class
        QVERIFY(seen.recognition);
        QVERIFY(!compareImages(plain, plain, seen, see(evaluator, plain, &seen)).salience);
    }

    void theMeanIsOverWhatCanBeCompared() {
        const auto mean = meanOf(std::vector<std::optional<SalienceMetrics>>{
            SalienceMetrics{0.5, 20, 30, true}, std::nullopt, SalienceMetrics{0.1, kExact, 40, false}});
        QCOMPARE(mean->pictures, 2);
        QCOMPARE(mean->drift, 0.3);
        QCOMPARE(mean->salientPsnr, 20.0);
        QCOMPARE(mean->restPsnr, 35.0);
        QCOMPARE(mean->sameClass, 0.5);
        QVERIFY(!meanOf(std::vector<std::optional<SalienceMetrics>>{std::nullopt}));
    }
};

NOISEFLOOR_TEST(RecognitionTest)
#include "tst_recognition.moc"
