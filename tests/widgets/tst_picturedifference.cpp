#include "support/testmain.h"
#include "widgets/samples.h"

#include <widgets/colourmap.h>
#include <widgets/picturedifference.h>

using namespace widgets;

namespace {

QImage flat(QRgb colour, int width = 4, int height = 2) {
    QImage image(width, height, QImage::Format_RGB32);
    image.fill(colour);
    return image;
}

} // namespace

class PictureDifferenceTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theChannelThatDiffersMostCountsWithItsSign() {
        QCOMPARE(pixelDifference(qRgb(10, 20, 30), qRgb(13, 15, 30)), -5);
        QCOMPARE(pixelDifference(qRgb(10, 20, 30), qRgb(10, 20, 30)), 0);
        QCOMPARE(pixelDifference(qRgb(0, 0, 0), qRgb(255, 255, 255)), 255);
        QCOMPARE(pixelDifference(qRgb(5, 5, 5), qRgb(8, 2, 5)), 3); // the first of equal ones
    }

    void signsHaveColoursOfTheirOwnAndNoDifferenceHasNone() {
        const DifferenceLook look{DifferenceKind::Signed, 1, 0};
        QCOMPARE(differenceColour(0, look), equalColour());
        QCOMPARE(differenceColour(255, look), divergingColour(1));
        QCOMPARE(differenceColour(-255, look), divergingColour(0));
        QVERIFY(differenceColour(60, look).red() > differenceColour(-60, look).red());
        QVERIFY(differenceColour(60, look).blue() < differenceColour(-60, look).blue());
    }

    void theAbsoluteDifferenceKnowsNoSign() {
        const DifferenceLook look{DifferenceKind::Absolute, 4, 0};
        for (const int difference : {1, 17, 63, 64, 255}) {
            QCOMPARE(differenceColour(difference, look), differenceColour(-difference, look));
            QCOMPARE(differenceColour(difference, look), mapColour(difference * 4 / 255.0));
        }
    }

    void theGainEndsTheColoursEarlier() {
        const DifferenceLook look{DifferenceKind::Signed, kMostGain, 0};
        QCOMPARE(differenceColour(4, look), divergingColour(1)); // 255 / 64 levels
        QVERIFY(differenceColour(3, look) != divergingColour(1));
    }

    void whatIsWithinTheToleranceIsEqual() {
        for (const DifferenceKind kind : {DifferenceKind::Signed, DifferenceKind::Absolute}) {
            const DifferenceLook look{kind, 64, 2};
            QCOMPARE(differenceColour(2, look), equalColour());
            QCOMPARE(differenceColour(-2, look), equalColour());
            QVERIFY(differenceColour(3, look) != equalColour());
        }
    }

    void everyPixelIsDrawnAndCounted() {
        QImage candidate = flat(qRgb(100, 100, 100));
        candidate.setPixel(1, 0, qRgb(110, 100, 100));
        candidate.setPixel(2, 1, qRgb(100, 97, 100));
        const DifferenceLook look{DifferenceKind::Signed, 8, 3};
        const PictureDifference between = pictureDifference(flat(qRgb(100, 100, 100)), candidate, look);
        QCOMPARE(between.picture.pixelColor(1, 0), differenceColour(10, look));
        QCOMPARE(between.picture.pixelColor(2, 1), equalColour());
        QCOMPARE(between.picture.pixelColor(0, 0), equalColour());
        QCOMPARE(between.share, 1 / 8.0);
        QCOMPARE(between.largest, 10);
    }

    void theOrderOfThePicturesTurnsTheSign() {
        const QImage a = samples::picture(16, 16);
        const QImage b = samples::picture(16, 16).mirrored();
        const DifferenceLook look{DifferenceKind::Signed, 1, 0};
        for (int y = 0; y < 16; ++y)
            QCOMPARE(pixelDifference(a.pixel(3, y), b.pixel(3, y)), -pixelDifference(b.pixel(3, y), a.pixel(3, y)));
        QCOMPARE(pictureDifference(a, b, look).share, pictureDifference(b, a, look).share);
    }

    void withoutTwoPicturesOfOneSizeThereIsNone() {
        QVERIFY(pictureDifference({}, flat(qRgb(0, 0, 0)), {}).picture.isNull());
        QVERIFY(pictureDifference(flat(qRgb(0, 0, 0)), {}, {}).picture.isNull());
        QVERIFY(pictureDifference(flat(qRgb(0, 0, 0)), flat(qRgb(0, 0, 0), 5, 2), {}).picture.isNull());
    }
};

NOISEFLOOR_TEST(PictureDifferenceTest)
#include "tst_picturedifference.moc"
