#include "reference.h"

using namespace analysis;

namespace {

/// One layer with these ranges by column.
ActivationRanges ranges(std::vector<quant::Range> byColumn) {
    return {{"a"}, int(byColumn.size()), std::move(byColumn)};
}

} // namespace

class ActivationsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyLayersRangeAtEveryStepIsThatOfItsInputs_data() {
        QTest::addColumn<QString>("sampler");
        for (const char* sampler : {"ddim", "pndm"}) QTest::newRow(sampler) << QString(sampler);
    }
    void everyLayersRangeAtEveryStepIsThatOfItsInputs() {
        QFETCH(QString, sampler);
        const auto model = support::tinyModel();
        auto settings = support::tinySettings({Metric::Local}, "w8");
        settings.scheduler = sampler.toStdString();
        const auto analysis = support::measured(model, settings);
        QVERIFY(analysis.activations);
        QCOMPARE(analysis.activations->columns, int(analysis.timesteps.size()));
        std::map<std::pair<int, int>, quant::Range> expected;
        support::Reference(model, settings).sideBySide({}, [&](int column, const auto& full, const auto&) {
            for (const auto& [layer, seen] : full) {
                const quant::Range here{seen.x.min().template item<float>(), seen.x.max().template item<float>()};
                const auto [known, isNew] = expected.try_emplace({layer, column}, here);
                if (!isNew) known->second = {std::min(known->second.lo, here.lo), std::max(known->second.hi, here.hi)};
            }
        });
        QCOMPARE(expected.size(), analysis.activations->ranges.size());
        for (const auto& [cell, range] : expected) {
            const auto index = std::size_t(cell.first) * std::size_t(analysis.activations->columns);
            const auto found = analysis.activations->ranges[index + std::size_t(cell.second)];
            QVERIFY(std::abs(found.lo - range.lo) < 1e-4F * std::max(1.0F, std::abs(range.lo)));
            QVERIFY(std::abs(found.hi - range.hi) < 1e-4F * std::max(1.0F, std::abs(range.hi)));
        }
    }

    void calibrationIsTheirUnion() {
        // Static ranges come from the same run: first steps alone give other numbers than all steps.
        const auto model = support::tinyModel();
        auto settings = support::tinySettings({Metric::Local}, "a8");
        const auto all = support::measured(model, settings);
        settings.calibration = "first";
        const auto first = support::measured(model, settings);
        QCOMPARE(first.activations->ranges.size(), all.activations->ranges.size());
        int different = 0;
        for (std::size_t cell = 0; cell < all.maps[0].grid.db.size(); ++cell)
            different += all.maps[0].grid.db[cell] != first.maps[0].grid.db[cell];
        QVERIFY(different > 0);
    }

    void theRatioIsThatOfTheWidestToTheNarrowestRange() {
        const auto found = timeSensitivity(ranges({{-1, 3}, {-0.5F, 0.5F}, {-2, 0}}));
        QCOMPARE(found.size(), std::size_t(1));
        QCOMPARE(found[0], (TimeSensitivity{"a", 1, 4, 4}));
    }

    void zeroIsPartOfEveryRange() {
        QCOMPARE(timeSensitivity(ranges({{5, 6}, {2, 3}}))[0].ratio, 2.0);
        QCOMPARE(timeSensitivity(ranges({{-8, -6}, {-2, -1}}))[0].ratio, 4.0);
    }

    void constantInputsAreNotSensitive() {
        QCOMPARE(timeSensitivity(ranges({{0, 0}, {0, 0}}))[0].ratio, 1.0);
        QCOMPARE(timeSensitivity(ranges({{3, 3}, {3, 3}}))[0].ratio, 1.0);
        QVERIFY(std::isinf(timeSensitivity(ranges({{0, 0}, {0, 1}}))[0].ratio));
    }

    void theMostSensitiveLayerComesFirst() {
        const ActivationRanges activations{{"a", "b", "c"}, 2, {{0, 1}, {0, 2}, {0, 1}, {0, 9}, {0, 4}, {0, 4}}};
        const auto found = timeSensitivity(activations);
        QCOMPARE(found[0].layer, std::string("b"));
        QCOMPARE(found[1].layer, std::string("a"));
        QCOMPARE(found[2].layer, std::string("c"));
    }
};

NOISEFLOOR_TEST(ActivationsTest)
#include "tst_activations.moc"
