#include "cases.h"

#include <analysis/information.h>

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

using namespace analysis;

namespace {

/// A feature map [4, 12, 16, 16] whose channels mix six independent fields.
at::Tensor featureMap() {
    at::Generator random = at::detail::createCPUGenerator(3);
    const at::Tensor fields = at::randn({4, 16, 16, 6}, random, at::kFloat);
    return at::matmul(fields, at::randn({6, 12}, random, at::kFloat)).movedim(3, 1).contiguous();
}

at::Tensor noiseLike(const at::Tensor& map) {
    return at::randn(map.sizes(), at::detail::createCPUGenerator(4), at::kFloat);
}

/// One repeat of a short training.
InformationSettings quickSettings() {
    InformationSettings settings;
    settings.dimensions = 2;
    settings.repeats = 1;
    settings.training.iterations = 6 * flo::kEpoch;
    return settings;
}

std::string refusal(const at::Tensor& full, const std::vector<at::Tensor>& altered) {
    return support::failureOf(ldm::ErrorKind::BadInput, [&] { keptInformation(full, altered, quickSettings()); });
}

} // namespace

class TestInformation : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatIsUnchangedKeepsEverything() {
        InformationSettings settings = quickSettings();
        settings.repeats = 2;
        const at::Tensor map = featureMap();
        const auto kept = keptInformation(map, {map.clone()}, settings);
        QCOMPARE(kept->front().share, 1.0);
        QCOMPARE(kept->front().spread, 0.0);
        QCOMPARE(kept->front().nats, kept->front().fullNats);
        QVERIFY(kept->front().fullNats > 1);
    }

    void aScaleCostsNothingAlthoughItsErrorIsLarge() {
        const at::Tensor map = featureMap();
        const auto kept = keptInformation(map, {map * 0.5 + 3}, quickSettings());
        QVERIFY2(std::abs(kept->front().share - 1) < 0.05, QByteArray::number(kept->front().share));
    }

    void noiseCostsTheMoreTheMoreThereIsOfIt() {
        const at::Tensor map = featureMap();
        const at::Tensor noise = noiseLike(map) * map.std();
        const auto kept = keptInformation(map, {map + 0.5 * noise, map + 3 * noise, noise}, quickSettings());
        const double some = kept->at(0).share;
        const double most = kept->at(1).share;
        QVERIFY2(some < 0.8 && most < 0.6 * some, QByteArray::number(some) + ' ' + QByteArray::number(most));
        QVERIFY2(std::abs(kept->at(2).share) < 0.05, QByteArray::number(kept->at(2).share));
    }

    void mapsThatSayNothingOrDoNotFitAreRefused() {
        const at::Tensor map = featureMap();
        QVERIFY(support::contains(refusal(map, {map.narrow(0, 0, 2)}), "same shape"));
        QVERIFY(support::contains(refusal(at::ones_like(map), {map}), "same value in all rows"));
        QVERIFY(support::contains(refusal(map, {map / 0.0}), "not finite"));
        QVERIFY(support::contains(refusal(at::zeros({0, 4}), {}), "hold values"));
        InformationSettings settings;
        settings.noise = 0;
        QVERIFY(!support::failureOf(ldm::ErrorKind::BadInput, [&] { keptInformation(map, {map}, settings); }).empty());
    }

    void aStopEndsTheWorkWithoutANumber() {
        std::stop_source source;
        source.request_stop();
        QVERIFY(!keptInformation(featureMap(), {featureMap()}, quickSettings(), source.get_token()));
    }
};

NOISEFLOOR_TEST(TestInformation)
#include "tst_information.moc"
