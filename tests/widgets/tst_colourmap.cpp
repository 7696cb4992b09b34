#include "support/testmain.h"

#include <widgets/colourmap.h>

#include <limits>

using namespace widgets;

class ColourMapTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void endsAreDarkVioletAndYellow() {
        QCOMPARE(mapColour(0), QColor(0x44, 0x01, 0x54));
        QCOMPARE(mapColour(1), QColor(0xfd, 0xe7, 0x25));
    }

    void positionsBeyondTheEndsAreTheEnds() {
        QCOMPARE(mapColour(-3), mapColour(0));
        QCOMPARE(mapColour(7), mapColour(1));
        QCOMPARE(positionInRange(-100, 0, 40), 0.0);
        QCOMPARE(positionInRange(std::numeric_limits<double>::infinity(), 0, 40), 1.0);
        QCOMPARE(positionInRange(10, 0, 40), 0.25);
        QCOMPARE(positionInRange(5, 5, 5), 1.0);
    }

    void luminanceGrowsAllTheWay() {
        for (int step = 1; step <= 100; ++step) {
            QVERIFY2(luminance(mapColour(step / 100.0)) > luminance(mapColour((step - 1) / 100.0)),
                     qPrintable(QString::number(step)));
        }
    }

    void noColourIsTakenForTheGreyOfTheFloor() {
        for (int step = 0; step <= 100; ++step) QVERIFY(mapColour(step / 100.0).hsvSaturation() > 100);
    }

    void textIsReadableOnEveryColour() {
        for (const auto colourAt : {mapColour, divergingColour}) {
            for (int step = 0; step <= 100; ++step) {
                const double fill = luminance(colourAt(step / 100.0));
                const double text = luminance(textColourOn(colourAt(step / 100.0)));
                QVERIFY((std::max(fill, text) + 0.05) / (std::min(fill, text) + 0.05) >= 4.5);
            }
        }
    }

    void differencesGrowDarkerToBothSidesAndStayBlueAndOrange() {
        for (int step = 1; step <= 50; ++step) {
            const QColor less = divergingColour(0.5 - step / 100.0);
            const QColor more = divergingColour(0.5 + step / 100.0);
            QVERIFY(luminance(less) < luminance(divergingColour(0.5 - (step - 1) / 100.0)));
            QVERIFY(luminance(more) < luminance(divergingColour(0.5 + (step - 1) / 100.0)));
            if (step < 10) continue;           // near white there is no hue
            QVERIFY(less.blue() > less.red()); // the pair that all common colour blindness tells apart
            QVERIFY(more.red() > more.blue());
        }
    }

    void luminanceOfKnownColours() {
        QCOMPARE(luminance(Qt::black), 0.0);
        QCOMPARE(luminance(Qt::white), 1.0);
        QVERIFY(std::abs(luminance(QColor(0, 255, 0)) - 0.7152) < 1e-6);
    }
};

NOISEFLOOR_TEST(ColourMapTest)
#include "tst_colourmap.moc"
