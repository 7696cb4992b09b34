#include "ldm/failures.h"
#include "support/testmain.h"

#include <quant/format.h>

#include <QTest>

#include <set>

using quant::ActivationFormat;
using quant::Format;
using quant::WeightFormat;
using support::contains;
using support::failureOf;

class FormatTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theShortFormIsTheOneOfTheField_data() {
        QTest::addColumn<int>("weights");
        QTest::addColumn<int>("activations");
        QTest::addColumn<QString>("text");
        const auto row = [](const char* text, WeightFormat weights, ActivationFormat activations) {
            QTest::newRow(text) << static_cast<int>(weights) << static_cast<int>(activations) << QString(text);
        };
        row("w8a8", WeightFormat::Int8, ActivationFormat::Int8);
        row("w4a16", WeightFormat::Int4, ActivationFormat::Int16);
        row("w8", WeightFormat::Int8, ActivationFormat::Fp32);
        row("a8", WeightFormat::Fp32, ActivationFormat::Int8);
        row("wfp16a8", WeightFormat::Fp16, ActivationFormat::Int8);
        row("wfp8a8", WeightFormat::Fp8E4M3, ActivationFormat::Int8);
        row("w4abf16", WeightFormat::Int4, ActivationFormat::Bf16);
        row("fp16", WeightFormat::Fp16, ActivationFormat::Fp16);
        row("fp8", WeightFormat::Fp8E4M3, ActivationFormat::Fp8E4M3);
        row("fp32", WeightFormat::Fp32, ActivationFormat::Fp32);
        row("w4g64a8", WeightFormat::Int4G64, ActivationFormat::Int8);
        row("wq4_ka8", WeightFormat::Q4_K, ActivationFormat::Int8);
        row("wq8_0", WeightFormat::Q8_0, ActivationFormat::Fp32);
        row("w8a8t", WeightFormat::Int8, ActivationFormat::Int8Token);
        row("w4a4", WeightFormat::Int4, ActivationFormat::Int4);
        row("w4g128a4t", WeightFormat::Int4G128, ActivationFormat::Int4Token);
        row("a4t", WeightFormat::Fp32, ActivationFormat::Int4Token);
    }

    void theShortFormIsTheOneOfTheField() {
        QFETCH(int, weights);
        QFETCH(int, activations);
        QFETCH(QString, text);
        const Format format{static_cast<WeightFormat>(weights), static_cast<ActivationFormat>(activations)};
        QCOMPARE(quant::toString(format), text.toStdString());
        QVERIFY(quant::parseFormat(text.toStdString()) == format);
    }

    void everyFormatHasItsOwnTextAndIsReadBack() {
        std::set<std::string> texts;
        for (const WeightFormat weights : quant::allWeightFormats())
            for (const ActivationFormat activations : quant::allActivationFormats()) {
                const Format format{weights, activations};
                QVERIFY(texts.insert(quant::toString(format)).second);
                QVERIFY(quant::parseFormat(quant::toString(format)) == format);
            }
        QCOMPARE(texts.size(), std::size_t{17 * 9});
    }

    void recipeNamesAreReadBack() {
        for (const WeightFormat format : quant::allWeightFormats())
            QVERIFY(quant::weightFormat(quant::nameOf(format)) == format);
        for (const ActivationFormat format : quant::allActivationFormats())
            QVERIFY(quant::activationFormat(quant::nameOf(format)) == format);
        QVERIFY(!quant::weightFormat("int16"));
        QVERIFY(!quant::activationFormat("int4_g32"));
        QVERIFY(!quant::weightFormat("fp8"));
        QVERIFY(!quant::weightFormat(""));
    }

    void listsGoFromMostToFewestBits() {
        const auto& weights = quant::allWeightFormats();
        const auto& activations = quant::allActivationFormats();
        for (std::size_t i = 1; i < weights.size(); ++i) QVERIFY(bits(weights[i - 1]) >= bits(weights[i]));
        for (std::size_t i = 1; i < activations.size(); ++i) QVERIFY(bits(activations[i - 1]) >= bits(activations[i]));
        QCOMPARE(bits(WeightFormat::Int4), 4);
        QCOMPARE(bits(ActivationFormat::Int16), 16);
    }

    void onlyRowsThatBlocksDivideAreStoredAsBlocks() {
        const auto stored = [](WeightFormat format, const std::vector<std::int64_t>& shape) {
            return quant::storedAs(format, shape);
        };
        QVERIFY(stored(WeightFormat::Q4_K, {8, 512}) == WeightFormat::Q4_K);
        QVERIFY(stored(WeightFormat::Q4_K, {8, 320}) == WeightFormat::Q8_0);
        QVERIFY(stored(WeightFormat::Q4_K, {8, 100}) == WeightFormat::Fp16);
        QVERIFY(stored(WeightFormat::Q5_0, {8, 320}) == WeightFormat::Q5_0);
        QVERIFY(stored(WeightFormat::Q4_0, {8, 33}) == WeightFormat::Fp16);
        for (const WeightFormat format : quant::allWeightFormats()) {
            const WeightFormat convolution = quant::isGguf(format) ? WeightFormat::Fp16 : format;
            QVERIFY(stored(format, {8, 256, 3, 3}) == convolution);
            QVERIFY(stored(format, {256, 256, 1, 1}) == convolution);
            QVERIFY(stored(format, {4, 256}) == format);
        }
    }

    void everyFormatIsOfOneFamily() {
        for (const WeightFormat format : quant::allWeightFormats()) {
            const bool isFloat =
                quant::nameOf(format).find("p") != std::string_view::npos || format == WeightFormat::Bf16;
            QCOMPARE(int(isFloat) + int(quant::isInteger(format)) + int(quant::isGguf(format)), 1);
        }
        QVERIFY(quant::scaleGroup(WeightFormat::Int4G64) == 64);
        QVERIFY(quant::scaleGroup(WeightFormat::Int8) == 0);
        QVERIFY(!quant::scaleGroup(WeightFormat::Q4_0));
        for (const ActivationFormat format : quant::allActivationFormats()) {
            const std::string_view name = quant::nameOf(format);
            const bool hasRange = name == "fp8_e4m3" || (name.starts_with("int") && !name.ends_with("_token"));
            QCOMPARE(quant::isCalibrated(format), hasRange);
        }
    }

    void unknownFormatsAreRefusedWithTheAcceptedOnes_data() {
        QTest::addColumn<QString>("text");
        for (const char* text : {"", "w", "a", "w9a8", "w8a5", "w4g16a8", "w4ga8", "wq4a8", "w4ta8", "w8a8tt", "w8 a8",
                                 "W8A8", "w8a8x", "int8", "wfp32a8", "a8w8"})
            QTest::newRow(text) << QString(text);
    }

    void unknownFormatsAreRefusedWithTheAcceptedOnes() {
        QFETCH(QString, text);
        const std::string said = failureOf(ldm::ErrorKind::BadInput, [&] { quant::parseFormat(text.toStdString()); });
        QVERIFY2(contains(said, "'" + text.toStdString() + "'") && contains(said, "w4") && contains(said, "w8a8"),
                 said.c_str());
    }

    void listsAreSplitAtCommas() {
        const std::vector<Format> expected{{WeightFormat::Int8, ActivationFormat::Int8},
                                           {WeightFormat::Int4, ActivationFormat::Fp32}};
        QVERIFY(quant::parseFormats("w8a8, w4") == expected);
        for (const char* text : {"", "w8a8,", ",w8a8", "w8a8,w8a8"})
            QVERIFY2(!failureOf(ldm::ErrorKind::BadInput, [&] { quant::parseFormats(text); }).empty(), text);
    }
};

NOISEFLOOR_TEST(FormatTest)
#include "tst_format.moc"
