#pragma once

#include <ldm/model.h>

#include <QComboBox>
#include <QDialog>
#include <QLineEdit>
#include <QPushButton>
#include <QTableWidget>

namespace app::windows {

/// Asks for a model and how it is to be opened: LoRAs with their weights, the model that lends missing parts, what a
/// single file's UNet predicts, device and precision.
class OpenDialog : public QDialog {
    Q_OBJECT
public:
    /// Begins with `request`; files are looked for in `folder`.
    OpenDialog(const ldm::OpenRequest& request, const QString& folder, QWidget* parent = nullptr);

    ldm::OpenRequest request() const;

private:
    void build();
    QWidget* withChooser(QLineEdit* line, const QString& title);
    QWidget* loraSection();
    void addLora(const QString& file, double weight);
    void chooseLoras();
    void removeLoras();
    void check();

    QString m_folder;
    ldm::Compute m_compute; ///< the device's number is kept
    QLineEdit* m_model;
    QLineEdit* m_base;
    QComboBox* m_prediction;
    QComboBox* m_device;
    QComboBox* m_precision;
    QTableWidget* m_loras;
    QPushButton* m_open;
};

} // namespace app::windows
